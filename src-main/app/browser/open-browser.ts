import { spawn } from 'node:child_process';

/** The command that opens an address in the person's browser. */
export function openCommand(platform: NodeJS.Platform, address: string): readonly [string, ...string[]] {
  if (platform === 'darwin') return ['open', address];
  // `start` is a word of cmd, which would read `&` and `#` its own way; this program takes the address as it is.
  if (platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler', address];
  return ['xdg-open', address];
}

/** Opens `address`; resolves to false when this computer has no way to. Never waits for the browser to end. */
export function openBrowser(address: string): Promise<boolean> {
  const [program, ...args] = openCommand(process.platform, address);
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: 'ignore', detached: true });
    child.once('error', () => resolve(false));
    child.once('spawn', () => {
      child.unref();
      resolve(true);
    });
  });
}
