import { posix, win32 } from 'node:path';

/** Where an app keeps its own files on each platform; the same folder for every shell and the command line. */
export function usualDataDir(options: {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly homeDir: string;
}): string {
  const { platform, env, homeDir } = options;
  if (platform === 'win32') return win32.join(env['APPDATA'] || win32.join(homeDir, 'AppData', 'Roaming'), NAME);
  if (platform === 'darwin') return posix.join(homeDir, 'Library', 'Application Support', NAME);
  // The XDG base directory specification: a relative path is to be ignored.
  const xdg = env['XDG_CONFIG_HOME'] ?? '';
  return posix.join(posix.isAbsolute(xdg) ? xdg : posix.join(homeDir, '.config'), NAME);
}

const NAME = 'pi-workbench';
