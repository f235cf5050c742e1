import { app } from 'electron';
import { isCommandName } from '../cli/command-names.ts';

/**
 * The command in the app's own arguments, as `pi-workbench led on` has one; null when a window is wanted. Only Chromium's
 * flags (`--name=value`) may stand before it, and they are no part of it. `fromProject` is Electron's `defaultApp`: the
 * first argument is then the project's folder.
 */
export function commandIn(argv: readonly string[], fromProject: boolean): readonly string[] | null {
  const rest = argv.slice(fromProject ? 2 : 1);
  const start = rest.findIndex((word) => !/^--[\w-]+=/.test(word));
  return start >= 0 && isCommandName(rest[start] ?? '') ? rest.slice(start) : null;
}

/** Runs a command without a window and ends the app with its exit code. */
export async function runCommand(argv: readonly string[], outDir: string): Promise<void> {
  const stop = new AbortController();
  // Electron takes Ctrl+C for the wish to quit.
  app.on('will-quit', (event) => {
    event.preventDefault();
    stop.abort();
  });
  // No icon jumps in the Dock for a command.
  if (process.platform === 'darwin') app.dock?.hide();
  const { runProcess } = await import('../cli/run-process.ts');
  app.exit(await runProcess(argv, { outDir, resourcesPath: process.resourcesPath, stop }));
}
