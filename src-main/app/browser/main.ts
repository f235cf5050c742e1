import { homedir } from 'node:os';
import { serveContract } from '../../api/server.ts';
import { createWorkbench } from '../../api/workbench.ts';
import type { Surroundings } from '../../api/services.ts';
import { AppError } from '../../errors/index.ts';
import { appVersion } from '../start/app-version.ts';
import { appWebsite } from '../start/app-website.ts';
import { usualDataDir } from '../start/data-dir.ts';
import { logUnexpected } from '../start/log.ts';
import { PageFiles } from '../start/page-files.ts';
import { findResources, outDirOf } from '../start/resources.ts';
import { sessionSecrets } from '../start/session-secrets.ts';
import { stopOnSignals } from '../start/stop-signals.ts';
import { updateAdvice } from '../start/update-advice.ts';
import { readBrowserFlags, usage, type BrowserFlags } from './arguments.ts';
import { openBrowser } from './open-browser.ts';
import { PageServer } from './page-server.ts';

const WRONG_USE = 2;

async function start(flags: BrowserFlags): Promise<void> {
  const resources = findResources(outDirOf(import.meta.dirname), undefined);
  const files = await PageFiles.open(resources.rendererDir);
  const homeDir = homedir();
  const surroundings: Surroundings = {
    ...resources,
    homeDir,
    dataDir: flags.dataDir ?? usualDataDir({ platform: process.platform, env: process.env, homeDir }),
    appVersion,
    website: appWebsite,
    updates: updateAdvice({ platform: process.platform, packaged: false, appImage: undefined }),
    shell: 'browser',
    networks: flags.networks,
    secrets: sessionSecrets(
      'In the browser, passwords are not saved: they are kept only until Pi Workbench is stopped.',
    ),
    dialogs: null,
  };
  const workbench = await createWorkbench(surroundings, { onUnexpected: logUnexpected });
  const server = await PageServer.start({
    files,
    port: flags.port,
    onPage: (carrier) => serveContract(workbench, carrier),
  });
  stopOnSignals(async () => {
    await server.dispose();
    await workbench.dispose();
  });
  console.log(`Pi Workbench: ${server.address}`);
  if (flags.open && !(await openBrowser(server.address))) console.log('Open this address in a browser.');
}

try {
  const flags = readBrowserFlags(process.argv.slice(2));
  if (flags.help) process.stdout.write(usage);
  else if (flags.version) console.log(appVersion);
  else await start(flags);
} catch (thrown) {
  const error = AppError.from(thrown);
  console.error([error.message, error.hint].filter(Boolean).join(' '));
  if (error.code === 'UNEXPECTED') console.error(thrown);
  process.exit(error.code === 'BAD_FLAG' ? WRONG_USE : 1);
}
