import { spawn } from 'node:child_process';

type OpenCommand = readonly [program: string, ...args: string[]];

/** Debian's, Ubuntu's (as snaps too), Google's and Microsoft's names of browsers. */
const LINUX_BROWSERS = [
  'sensible-browser',
  'firefox',
  'google-chrome-stable',
  'google-chrome',
  'chromium',
  'chromium-browser',
  '/snap/bin/firefox',
  '/snap/bin/chromium',
  'microsoft-edge-stable',
  'microsoft-edge',
  'brave-browser',
] as const;

/** The commands that open an address in the person's browser, the system's own choice first. */
export function openCommands(platform: NodeJS.Platform, address: string): readonly OpenCommand[] {
  if (platform === 'darwin') return [['open', address]];
  if (platform === 'win32') {
    return [
      // `start` is a word of cmd, which would read `&` and `#` its own way; these take the address as it is.
      ['rundll32', 'url.dll,FileProtocolHandler', address],
      ['explorer', address],
    ];
  }
  return [
    ['xdg-open', address],
    ['gio', 'open', address],
    // Linux inside Windows (WSL) has the browser of Windows.
    ['wslview', address],
    ...LINUX_BROWSERS.map((program): OpenCommand => [program, address]),
  ];
}

/** A program that ends with an error this soon, in milliseconds, has opened nothing. */
const PATIENCE_MS = 3000;

/**
 * Opens `address` by the first of `commands` that is there and does not fail at once; resolves to false when this computer
 * has none. Never waits for the browser to end.
 */
export async function openBrowser(
  address: string,
  commands: readonly OpenCommand[] = openCommands(process.platform, address),
): Promise<boolean> {
  for (const command of commands) if (await started(command)) return true;
  return false;
}

function started([program, ...args]: OpenCommand): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: 'ignore', detached: true });
    // A browser that is started by its own name stays.
    const stays = setTimeout(() => resolve(true), PATIENCE_MS);
    const settle = (opened: boolean): void => {
      clearTimeout(stays);
      resolve(opened);
    };
    child.once('error', () => settle(false));
    // Explorer ends with 1 whatever it did.
    child.once('exit', (code) => settle(code === 0 || program === 'explorer'));
    child.unref();
  });
}
