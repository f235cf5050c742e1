import { extractAll, listPackage } from '@electron/asar';
import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PINNED_RUNTIMES, runtimeName } from '../../src-main/deploy/runtime/pinned.ts';
import { SERVICE_TYPES } from '../../src-main/discovery/mdns/hosts.ts';
import { makePlaceholderElectron } from '../electron-double/placeholder.ts';
import { ElectronDouble } from '../electron-double/start.ts';
import { freePort } from '../integration/support/free-port.ts';

/** `npm run dist -- --dir` with a folder that stands for Electron: what is packed, and that it starts. */
const root = join(import.meta.dirname, '..', '..');
/** A fuse in the binary is the digit 0 or 1. */
const FUSE_ON = '1'.charCodeAt(0);
const runtimeFiles = Object.values(PINNED_RUNTIMES).map((runtime) => `${runtimeName(runtime)}.gz`);
let dir: string;
let resources: string;
let printed = '';

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'pi-workbench-dist-'));
  await makePlaceholderElectron(join(dir, 'electron'));
  await mkdir(join(dir, 'nodes'));
  for (const name of runtimeFiles) await writeFile(join(dir, 'nodes', name), name, { mode: 0o600 });
  const flags = ['--linux', '--dir', '--electron-dist', join(dir, 'electron'), '--output', join(dir, 'dist')];
  flags.push('--runtimes', join(dir, 'nodes'));
  const dist = spawn(process.execPath, [join(root, 'scripts/dist.mjs'), ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [dist.stdout, dist.stderr]) stream.setEncoding('utf8').on('data', (text) => (printed += text));
  const [code] = (await once(dist, 'close')) as [number];
  expect(code, printed).toBe(0);
  resources = join(dir, 'dist', 'linux-unpacked', 'resources');
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const archive = (): string => join(resources, 'app.asar');
const digest = async (path: string): Promise<string> =>
  createHash('sha256')
    .update(await readFile(path))
    .digest('hex');

/**
 * The packages in the bundles, found without asking the bundlers for their lists: what the sources import, and what the
 * packed code of the main side says above each of its modules.
 */
async function bundledPackages(): Promise<string[]> {
  const imported = /(?:^|\s)(?:import|export) (?!type\b)(?:[^'";]* from )?'([^'.][^']*)'|import\('([^'.][^']*)'\)/gm;
  extractAll(archive(), join(dir, 'app'));
  const sources = ['src-main', 'src-renderer', 'pi-agent/src'].map((folder) => join(root, folder));
  const names = (await textsIn(...sources)).flatMap((text) =>
    Array.from(text.matchAll(imported), ([, one, other]) => one ?? other),
  );
  const modules = (await textsIn(join(dir, 'app/out/main'))).flatMap((text) =>
    Array.from(text.matchAll(/^\s*\/\/ node_modules\/(\S+)/gm), ([, path]) => path),
  );
  const packages = [...names, ...modules].flatMap((path) => /^(?:@[^/]+\/)?[^/]+/.exec(path ?? '') ?? []);
  return [...new Set(packages)].filter((name) => name !== 'electron' && !isBuiltin(name)).sort();
}

/** The code in these folders and all below, a text a file. */
async function textsIn(...folders: readonly string[]): Promise<string[]> {
  const paths = folders.map(async (folder) =>
    (await readdir(folder, { recursive: true })).filter(isCode).map((path) => join(folder, path)),
  );
  return Promise.all((await Promise.all(paths)).flat().map((path) => readFile(path, 'utf8')));
}

const isCode = (path: string): boolean => /\.(ts|js|svelte|css)$/.test(path);

test('the archive holds the built window and nothing else', () => {
  const files = listPackage(archive(), { isPack: false }).map((path) => path.replaceAll('\\', '/'));
  const expected =
    /^\/(package\.json|out|out\/main|out\/main\/electron\.js|out\/main\/chunks(\/[\w-]+\.js)?|out\/preload(\/preload\.cjs)?|out\/renderer(\/assets(\/[\w.-]+\.(js|css|woff2|svg|png))?|\/index\.html|\/icon\.svg)?)$/;
  expect(files.filter((path) => !expected.test(path))).toEqual([]);
  expect(files).toEqual(
    expect.arrayContaining(['/out/main/electron.js', '/out/preload/preload.cjs', '/out/renderer/index.html']),
  );
});

test('its package.json names the start and no development', async () => {
  extractAll(archive(), join(dir, 'app'));
  const text = await readFile(join(dir, 'app', 'package.json'), 'utf8');
  const { name, main, type, ...rest } = JSON.parse(text) as Record<string, unknown>;
  expect({ name, main, type }).toEqual({ name: 'pi-workbench', main: 'out/main/electron.js', type: 'module' });
  expect(Object.keys(rest)).not.toContain('devDependencies');
  expect(Object.keys(rest)).not.toContain('scripts');
});

test('the agent lies beside the archive, byte for byte', async () => {
  expect(await readdir(join(resources, 'agent'))).toEqual(['led-agent.cjs']);
  expect(await digest(join(resources, 'agent', 'led-agent.cjs'))).toBe(
    await digest(join(root, 'pi-agent', 'dist', 'led-agent.cjs')),
  );
});

test('a Node for each kind of Pi lies beside it too, so that deploying needs no Internet', async () => {
  expect((await readdir(join(resources, 'runtimes'))).sort()).toEqual([...runtimeFiles].sort());
  for (const name of runtimeFiles) {
    const path = join(resources, 'runtimes', name);
    expect(await readFile(path, 'utf8')).toBe(name);
    // Whoever uses an app that root installed can read it.
    expect((await stat(path)).mode & 0o777).toBe(0o644);
  }
});

test('the licence of every package that is bundled lies beside it, with its text', async () => {
  const text = await readFile(join(resources, 'THIRD-PARTY-LICENCES.txt'), 'utf8');
  const title = /^={80}\n(\S+).*\n={80}\n\n(?=\S)/gm;
  const named = new Set(Array.from(text.matchAll(title), ([, name]) => name));
  const used = await bundledPackages();
  expect(used).toEqual(expect.arrayContaining(['ssh2', 'svelte', 'onoff', '@fontsource-variable/inter', 'asn1']));
  expect(used.filter((name) => !named.has(name))).toEqual([]);
  // The runtimes for the Pis are carried too.
  expect(named).toContain('Node.js');
});

test('the fuses close what an installed app has no use for', async () => {
  const wire = await getCurrentFuseWire(join(dir, 'dist', 'linux-unpacked', 'pi-workbench'));
  const on = Object.values(FuseV1Options)
    .filter((fuse): fuse is FuseV1Options => typeof fuse === 'number')
    .filter((fuse) => wire[fuse] === FUSE_ON)
    .map((fuse) => FuseV1Options[fuse]);
  expect(on.sort()).toEqual(['EnableCookieEncryption', 'EnableEmbeddedAsarIntegrityValidation', 'OnlyLoadAppFromAsar']);
});

test('nothing that starts the app turns its sandbox off, and the deb brings an AppArmor profile for its path', async () => {
  const config = await readFile(join(root, 'electron-builder.yml'), 'utf8');
  expect(config).not.toContain('no-sandbox');
  // Left out, electron-builder writes --no-sandbox into the AppImage's desktop file.
  expect(config).toMatch(/^appImage:\n(?: {2}.*\n)*? {2}executableArgs: \[\]$/m);
  expect(config).toMatch(/^deb:\n(?: {2}.*\n)*? {2}appArmorProfile: build\/apparmor-profile$/m);
  const profile = await readFile(join(root, 'build', 'apparmor-profile'), 'utf8');
  // electron-builder installs a deb under /opt/<product name>/<executable>.
  expect(profile).toContain('profile "${executable}" "/opt/${sanitizedProductName}/${executable}" flags=(unconfined)');
  expect(profile).toMatch(/^ {2}userns,$/m);
});

test('macOS is told why the local network is used, and what is looked for there (crosspaste-desktop#4401)', async () => {
  const config = await readFile(join(root, 'electron-builder.yml'), 'utf8');
  expect(config).toMatch(/^mac:\n(?: {2}.*\n)*? {2}extendInfo:\n {4}NSLocalNetworkUsageDescription: \w.+\.$/m);
  expect(config).toContain(`\n    NSBonjourServices: [${SERVICE_TYPES.join(', ')}]\n`);
});

test('the sizes are printed', () => {
  expect(printed).toMatch(/^linux-unpacked\/resources\/app\.asar: \d+ KiB$/m);
  expect(printed).toMatch(/^linux-unpacked\/resources\/agent\/led-agent\.cjs: \d+ KiB$/m);
  expect(printed).toMatch(/^linux-unpacked\/resources\/runtimes\/node-[\w.-]+\.gz: \d+ KiB$/m);
});

test('the packed app starts', async () => {
  extractAll(archive(), join(dir, 'app'));
  const double = await ElectronDouble.open();
  try {
    const app = double.start({
      outDir: join(dir, 'app', 'out'),
      packaged: true,
      resourcesPath: resources,
      flags: ['--data-dir', join(dir, 'data'), '--networks', '127.0.0.0/24'],
    });
    const page = await app.page();
    await page.getByRole('link', { name: 'This computer (practice)' }).first().waitFor();
    await app.order({ do: 'menu', path: ['&File', 'quit'] });
    expect(await app.exited()).toBe(0);
    expect(app.faults).toEqual([]);
  } finally {
    await double.dispose();
  }
});

test('the packed app is the command line too: no window, the commands’ own output and exit codes', async () => {
  extractAll(archive(), join(dir, 'app'));
  const double = await ElectronDouble.open({ windows: false });
  const run = async (...flags: string[]) => {
    const app = double.start({
      outDir: join(dir, 'app', 'out'),
      packaged: true,
      resourcesPath: resources,
      flags: [...flags, '--data-dir', join(dir, 'data'), '--networks', '127.0.0.0/24'],
    });
    const code = await app.exited();
    expect(app.faults).toEqual([]);
    expect(app.done.map(({ what }) => what)).not.toContain('BrowserWindow');
    return { code, output: app.output };
  };
  try {
    const found = await run('--ozone-platform=headless', 'network', '--json');
    expect(found.code).toBe(0);
    expect(JSON.parse(found.output)).toHaveProperty('interfaces');
    expect(await run('send', '127.0.0.1', String(await freePort()), 'x')).toMatchObject({ code: 1 });
    expect(await run('dns', 'x', '--type', 'Q')).toMatchObject({
      code: 2,
      output: expect.stringContaining('--type: “Q” is none of') as string,
    });
    expect(await run('led', '--help')).toMatchObject({
      code: 0,
      output: expect.stringMatching(/^pi-workbench led/) as string,
    });
    // The agent that it would send is the package's own.
    expect(await run('deploy', 'practice', '--check')).toMatchObject({ code: 0 });
  } finally {
    await double.dispose();
  }
});

test('Ctrl+C ends a command of the packed app with 130, and prints no stack', async () => {
  extractAll(archive(), join(dir, 'app'));
  const double = await ElectronDouble.open({ windows: false });
  const silent = createServer();
  const reached = once(silent, 'connection');
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  try {
    const app = double.start({
      outDir: join(dir, 'app', 'out'),
      packaged: true,
      resourcesPath: resources,
      flags: ['send', '127.0.0.1', String(port), 'ON', '--data-dir', join(dir, 'data')],
    });
    const [socket] = (await reached) as [Socket];
    socket.on('error', () => undefined);
    await once(socket, 'data');
    app.signal('SIGINT');
    expect(await app.exited()).toBe(130);
    expect(app.output).not.toMatch(/^\s+at /m);
  } finally {
    silent.close();
    await double.dispose();
  }
});
