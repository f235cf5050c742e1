import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';

const LICENCES = 'THIRD-PARTY-LICENCES.txt';

/** The files that go along with the app's code. */
export interface Resources {
  /** Folder of the built page. */
  readonly rendererDir: string;
  /** The bundled agent, `led-agent.cjs`. */
  readonly agentFile: string;
  /** Folder with the runtimes that a packaged build carries; it may be missing. */
  readonly runtimeDir: string;
  /** The licences of everything that is bundled. */
  readonly licencesFile: string;
}

/** The built `out` folder, for code that lies in `out/main` or, as the bundler pleases, in `out/main/chunks`. */
export function outDirOf(codeDir: string): string {
  return resolve(codeDir, basename(codeDir) === 'chunks' ? '../..' : '..');
}

/**
 * The one place that knows where things are. `outDir` is the built `out` folder; `resourcesPath` is Electron's
 * `process.resourcesPath`, where a packaged build has the agent and the runtimes beside its archive: they are copied to
 * the Pi as plain files, and an archive is no place to stream from. The licences lie there for people to read.
 */
export function findResources(outDir: string, resourcesPath: string | undefined): Resources {
  const rendererDir = join(outDir, 'renderer');
  const packaged = resourcesPath === undefined ? undefined : join(resourcesPath, 'agent', 'led-agent.cjs');
  if (resourcesPath !== undefined && packaged !== undefined && existsSync(packaged)) {
    return {
      rendererDir,
      agentFile: packaged,
      runtimeDir: join(resourcesPath, 'runtimes'),
      licencesFile: join(resourcesPath, LICENCES),
    };
  }
  const project = resolve(outDir, '..');
  return {
    rendererDir,
    agentFile: join(project, 'pi-agent', 'dist', 'led-agent.cjs'),
    runtimeDir: join(project, 'runtimes'),
    licencesFile: join(outDir, LICENCES),
  };
}
