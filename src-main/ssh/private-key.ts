import { readFile, stat } from 'node:fs/promises';
import ssh2, { type ParsedKey } from 'ssh2';
import { AppError, systemCode } from '../errors/index.ts';

/** What a private key file turned out to be. */
export type KeyReading =
  | { readonly kind: 'ok'; readonly key: ParsedKey }
  | { readonly kind: 'needs passphrase' }
  | { readonly kind: 'wrong passphrase' }
  /** `format` says what it is, `convert` how to get a key that can be used. */
  | { readonly kind: 'unsupported format'; readonly format: string; readonly convert: string };

const MAKE_NEW = 'Make a new key with: ssh-keygen -t ed25519';
/** Far more than any private key has. */
const MOST_BYTES = 64 * 1024;

/** Reads the text of a private key. Never throws: ssh2 would, and out of `connect()`, for an encrypted key (ssh2#1375). */
export function readPrivateKey(text: string, passphrase?: string): KeyReading {
  const pem = text
    .replace(/^\uFEFF/, '')
    .replace(/\r\n/g, '\n')
    .trim();
  const known = knownUnsupported(pem);
  if (known) return known;
  const parsed = parse(pem, passphrase);
  if (parsed instanceof Error) return readingOfError(parsed, passphrase !== undefined && passphrase !== '');
  if (!parsed.isPrivateKey()) {
    return unsupported('a public key', 'Choose the file of the same name without .pub: that is the private key.');
  }
  return { kind: 'ok', key: parsed };
}

function parse(pem: string, passphrase: string | undefined): ParsedKey | Error {
  try {
    const parsed: unknown = ssh2.utils.parseKey(pem, passphrase === '' ? undefined : passphrase);
    if (parsed === undefined) return new Error('No key');
    return (Array.isArray(parsed) ? parsed[0] : parsed) as ParsedKey | Error;
  } catch (thrown) {
    return thrown instanceof Error ? thrown : new Error(String(thrown));
  }
}

function readingOfError(error: Error, hasPassphrase: boolean): KeyReading {
  if (/no passphrase given/i.test(error.message)) return { kind: 'needs passphrase' };
  // With a passphrase whatever does not decrypt was decrypted with the wrong one: GCM says it in OpenSSL's words.
  if (/bad passphrase|bad decrypt|wrong final block|unable to authenticate/i.test(error.message)) {
    return { kind: hasPassphrase ? 'wrong passphrase' : 'needs passphrase' };
  }
  return unsupported('in a form that cannot be read', MAKE_NEW);
}

/** Forms that ssh2 does not read (ssh2#1303), told by their first line. */
function knownUnsupported(pem: string): KeyReading | null {
  const version = /^PuTTY-User-Key-File-(\d)/.exec(pem)?.[1];
  if (version !== undefined && version !== '2') {
    return unsupported(
      `a PuTTY key, version ${version}`,
      'Convert it in PuTTYgen: Conversions, Export OpenSSH key; or with: puttygen key.ppk -O private-openssh -o id_pi',
    );
  }
  if (/^-----BEGIN (ENCRYPTED )?PRIVATE KEY-----/.test(pem)) {
    return unsupported(
      'a PKCS#8 key',
      'Convert it with OpenSSH 9.6 or newer: ssh-keygen -p -f FILE (it asks for a new passphrase and writes OpenSSH’s format).',
    );
  }
  if (/^---- BEGIN SSH2 ENCRYPTED PRIVATE KEY/.test(pem)) {
    return unsupported('an ssh.com key', 'Convert it with: ssh-keygen -i -f FILE > id_pi');
  }
  if (/^-----BEGIN (CERTIFICATE|PGP|AGE)/.test(pem)) return unsupported('no SSH key', MAKE_NEW);
  return null;
}

function unsupported(format: string, convert: string): KeyReading {
  return { kind: 'unsupported format', format, convert };
}

/**
 * Reads a private key file. Raises `KEY_FILE_MISSING`, `KEY_FILE_UNREADABLE`, `KEY_NEEDS_PASSPHRASE`,
 * `KEY_WRONG_PASSPHRASE` and `KEY_UNSUPPORTED`.
 */
export async function loadPrivateKey(path: string, passphrase?: string): Promise<ParsedKey> {
  const reading = readPrivateKey(await readKeyFile(path), passphrase);
  switch (reading.kind) {
    case 'ok':
      return reading.key;
    case 'needs passphrase':
      throw new AppError('KEY_NEEDS_PASSPHRASE', 'This key is protected by a passphrase.', {
        hint: 'Type its passphrase.',
        details: { path },
      });
    case 'wrong passphrase':
      throw new AppError('KEY_WRONG_PASSPHRASE', 'The passphrase does not open this key.', {
        hint: 'Type it again. It belongs to the key file, not to the Pi.',
        details: { path },
      });
    case 'unsupported format':
      throw new AppError('KEY_UNSUPPORTED', `The file is ${reading.format}, which cannot be used here.`, {
        hint: reading.convert.replace('FILE', path),
        details: { path },
      });
  }
}

async function readKeyFile(path: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > MOST_BYTES) {
      throw new AppError('KEY_UNSUPPORTED', 'The file is too large to be a key.', {
        hint: 'A private key is a small text file such as ~/.ssh/id_ed25519.',
        details: { path },
      });
    }
    return await readFile(path, 'utf8');
  } catch (thrown) {
    if (thrown instanceof AppError) throw thrown;
    const missing = systemCode(thrown) === 'ENOENT';
    throw new AppError(
      missing ? 'KEY_FILE_MISSING' : 'KEY_FILE_UNREADABLE',
      missing ? `There is no file ${path}.` : `The file ${path} cannot be read.`,
      { hint: 'Choose a private key, such as ~/.ssh/id_ed25519.', cause: thrown, details: { path } },
    );
  }
}
