import { app, dialog } from 'electron';
import { AppError } from '../../errors/index.ts';
import { appVersion } from '../start/app-version.ts';
import { logUnexpected } from '../start/log.ts';
import { outDirOf } from '../start/resources.ts';
import { readWindowFlags, usage } from './arguments.ts';
import { commandIn, runCommand } from './command-line.ts';
import { startApp } from './start-app.ts';
import { dataDirOf, prepareApp, useChromiumFolder } from './prepare-app.ts';

const WRONG_USE = 2;

// Nothing here may wait for `ready` at the top level: Electron becomes ready only once this module has run.
try {
  const outDir = outDirOf(import.meta.dirname);
  const command = commandIn(process.argv, process.defaultApp === true);
  const flags = readWindowFlags(process.argv);
  if (command) {
    useChromiumFolder(dataDirOf(flags));
    runCommand(command, outDir).catch(fail);
  } else if (flags.help || flags.version) {
    process.stdout.write(flags.help ? usage : `${appVersion}\n`);
    app.exit(0);
  } else {
    const dataDir = prepareApp(flags);
    if (dataDir === null) app.exit(0);
    else startApp({ outDir, dataDir, networks: flags.networks }).catch(fail);
  }
} catch (thrown) {
  fail(thrown);
}

/** Says why the app cannot start, in a window of its own where there can be one, and ends it. */
function fail(thrown: unknown): void {
  const error = AppError.from(thrown);
  const text = [error.message, error.hint].filter(Boolean).join(' ');
  console.error(text);
  if (error.code === 'UNEXPECTED') logUnexpected(error, 'the start');
  if (app.isReady()) dialog.showErrorBox('Pi Workbench cannot start', text);
  app.exit(error.code === 'BAD_FLAG' ? WRONG_USE : 1);
}
