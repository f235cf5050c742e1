import { AppError } from '../errors/index.ts';

const MAX_LENGTH = 160;

/** Places whose content does not last, or where nothing may be started from (ansible#1609). */
const REFUSED_ROOTS = ['/tmp', '/var/tmp', '/run', '/dev', '/proc', '/sys', '/boot'];

/** A folder without the slashes that mean nothing: what is made of it then is one path on every way to the device. */
export function normalFolder(folder: string): string {
  return folder.replace(/\/+/g, '/').replace(/(?<!^~?)\/$/, '');
}

/** Why a folder cannot be the agent's, as a sentence; empty when it can. `~/` stands for the home folder. */
export function folderProblem(folder: string): string {
  if (!folder.startsWith('/') && !folder.startsWith('~/')) return 'Write a full path that starts with / or ~/.';
  if (folder.length > MAX_LENGTH) return `A path of more than ${MAX_LENGTH} characters is too long.`;
  // What a systemd unit would read as something else than a character of the path (systemd.syntax(7)).
  const odd = /[\0-\x1f\x7f"\\$%:]/.exec(folder)?.[0];
  if (odd !== undefined) return `The character ${JSON.stringify(odd)} cannot be used in the agent's folder.`;
  if (folder.split('/').some((part) => part === '..' || part === '.')) return 'Write the path without . and .. in it.';
  const normal = normalFolder(folder);
  if (normal === '/' || normal === '~/') return 'Choose a folder of its own, not the home folder or the root.';
  const root = REFUSED_ROOTS.find((one) => normal === one || normal.startsWith(`${one}/`));
  if (root !== undefined) return `Files under ${root} do not last or may not be started. Choose another folder.`;
  return '';
}

/** Raises `BAD_FOLDER` with what to change. */
export function assertFolder(folder: string): void {
  const problem = folderProblem(folder);
  if (problem === '') return;
  throw new AppError('BAD_FOLDER', `The agent cannot live in ${JSON.stringify(folder)}.`, { hint: problem });
}
