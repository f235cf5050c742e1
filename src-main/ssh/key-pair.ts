import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { hostname, userInfo } from 'node:os';
import { dirname } from 'node:path';
import ssh2, { type ParsedKey } from 'ssh2';
import { AppError, systemCode } from '../errors/index.ts';
import { loadPrivateKey } from './private-key.ts';

/** The line of a public key, without its comment: `ssh-ed25519 AAAA…`. */
export interface PublicKeyLine {
  readonly type: string;
  readonly base64: string;
  readonly comment: string;
}

/**
 * Makes an ed25519 key without passphrase, as `ssh-keygen -t ed25519` does: the folder 0700, the private key 0600, the
 * public one 0644. Nothing is ever written over; raises `KEY_FILE_EXISTS`.
 */
export async function createKeyPair(path: string): Promise<PublicKeyLine> {
  const comment = `${userInfo().username}@${hostname()}`;
  const pair = ssh2.utils.generateKeyPairSync('ed25519', { comment });
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  try {
    await writeFile(path, `${pair.private.trim()}\n`, { mode: 0o600, flag: 'wx' });
    await writeFile(`${path}.pub`, `${pair.public.trim()}\n`, { mode: 0o644, flag: 'wx' });
  } catch (thrown) {
    if (systemCode(thrown) !== 'EEXIST') throw thrown;
    throw new AppError('KEY_FILE_EXISTS', `There is a file ${path} or ${path}.pub already.`, {
      hint: 'Choose it as your key, or move it away first.',
      cause: thrown,
    });
  }
  return parsePublicKey(pair.public);
}

/** The public half of a key file: from the `.pub` beside it, else from the private key itself. */
export async function publicKeyOf(path: string, passphrase?: string): Promise<PublicKeyLine> {
  try {
    return parsePublicKey(await readFile(`${path}.pub`, 'utf8'));
  } catch (thrown) {
    if (!(thrown instanceof AppError) && systemCode(thrown) !== 'ENOENT') throw thrown;
    return lineOf(await loadPrivateKey(path, passphrase));
  }
}

function lineOf(key: ParsedKey): PublicKeyLine {
  return { type: key.type, base64: key.getPublicSSH().toString('base64'), comment: key.comment };
}

/** Raises `BAD_PUBLIC_KEY` when the text is no line of a public key. */
export function parsePublicKey(text: string): PublicKeyLine {
  const [, type, base64, comment] = /^\s*([a-z0-9@.-]+) ([A-Za-z0-9+/]+={0,2})(?: ([^\r\n]*))?/.exec(text) ?? [];
  const parsed: unknown = type && base64 ? ssh2.utils.parseKey(`${type} ${base64}`) : null;
  if (type && base64 && parsed && !(parsed instanceof Error)) return { type, base64, comment: (comment ?? '').trim() };
  throw new AppError('BAD_PUBLIC_KEY', 'The file beside the private key is no public key.', {
    hint: 'Make it anew with: ssh-keygen -y -f KEY > KEY.pub',
  });
}
