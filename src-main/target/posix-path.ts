import { posix } from 'node:path';
import { AppError } from '../errors/index.ts';

/**
 * Joins parts of a path on the target: always with `/`, whatever this computer uses. A leading `~` is the home folder,
 * which no SFTP server knows (node-ssh#76, ssh2#212).
 */
export function remotePath(home: string, ...parts: readonly string[]): string {
  const joined = posix.join(...parts);
  if (joined === '~') return checkRemotePath(home);
  return checkRemotePath(joined.startsWith('~/') ? posix.join(home, joined.slice(2)) : joined);
}

/** Returns the path, or raises `BAD_PATH` when it is not an absolute POSIX path without backslash or control byte. */
export function checkRemotePath(path: string): string {
  const reason = !path.startsWith('/')
    ? 'is not absolute'
    : /\\/.test(path)
      ? 'has a backslash'
      : /[\0-\x1f\x7f]/.test(path)
        ? 'has a control character'
        : path.split('/').includes('~')
          ? 'has a folder named ~'
          : null;
  if (reason === null) return path;
  throw new AppError('BAD_PATH', `The path ${JSON.stringify(path)} cannot be used on the device: it ${reason}.`, {
    hint: 'Use a full path with forward slashes, such as /home/pi/led-agent.',
  });
}

/** The folder of a file on the target. */
export function remoteFolder(path: string): string {
  return posix.dirname(path);
}
