import { join } from 'node:path';
import { AppError } from '../../errors/index.ts';
import { AUTHORIZE_ANSWERS, authorizeScript } from '../../ssh/authorize-script.ts';
import { fingerprintOf, openConnection, loadPrivateKey, type ConnectionOptions } from '../../ssh/index.ts';
import { createKeyPair, publicKeyOf, type PublicKeyLine } from '../../ssh/key-pair.ts';
import type { Target } from '../../target/target.ts';

/** What "Install my key" did. */
export interface InstalledKey {
  /** The private key on this computer. */
  readonly path: string;
  /** `SHA256:...` of the key. */
  readonly fingerprint: string;
  /** True when there was no key and one was made. */
  readonly created: boolean;
  /** False when the device knew it already. */
  readonly added: boolean;
  /** True when signing in with it was tried and worked; false when its passphrase would be needed for that. */
  readonly verified: boolean;
}

export interface KeyInstallation {
  readonly target: Target;
  /** The key to install, or null for the first one of `keys`, or a new one. */
  readonly chosen: string | null;
  /** Private keys there are. */
  readonly keys: readonly string[];
  readonly sshFolder: string;
  /** How to sign in to the device, but for the key. */
  readonly connection: Omit<ConnectionOptions, 'credentials'>;
}

/**
 * Puts the person's public key on the device, making one when there is none, and tries it. Doing it again changes
 * nothing. Raises `AUTHORIZE_FAILED`, `KEY_NOT_ACCEPTED` and what reading keys raises.
 */
export async function installKey(installation: KeyInstallation): Promise<InstalledKey> {
  const { target, chosen, keys, sshFolder } = installation;
  const existing = chosen ?? keys[0] ?? null;
  const path = existing ?? join(sshFolder, 'id_ed25519');
  const publicKey = existing === null ? await createKeyPair(path) : await publicKeyOf(path);
  const added = await authorize(target, publicKey);
  const fingerprint = fingerprintOf(Buffer.from(publicKey.base64, 'base64'));
  return { path, fingerprint, created: existing === null, added, verified: await verify(installation, path) };
}

async function authorize(target: Target, publicKey: PublicKeyLine): Promise<boolean> {
  const { code, stdout, stderr } = await target.exec({ script: authorizeScript(publicKey) });
  if (code === 0) return stdout.trim() === AUTHORIZE_ANSWERS.added;
  throw new AppError('AUTHORIZE_FAILED', `The key could not be written on ${target.name}.`, {
    hint: 'Check that the disk is not full and that the home folder belongs to this user.',
    cause: stderr.trim(),
  });
}

async function verify({ connection, target }: KeyInstallation, path: string): Promise<boolean> {
  try {
    const key = await loadPrivateKey(path);
    const { client } = await openConnection({ ...connection, credentials: { kind: 'key', key } });
    client.end();
    return true;
  } catch (thrown) {
    const error = AppError.from(thrown);
    if (error.code === 'KEY_NEEDS_PASSPHRASE') return false;
    if (error.code !== 'WRONG_CREDENTIALS' && error.code !== 'SERVER_TAKES_NO_KEYS') throw error;
    throw new AppError('KEY_NOT_ACCEPTED', `The key is on ${target.name}, but its SSH server does not take it.`, {
      hint: 'Only its owner may write to the home folder (chmod go-w ~), and sshd_config must allow PubkeyAuthentication.',
      cause: error,
    });
  }
}
