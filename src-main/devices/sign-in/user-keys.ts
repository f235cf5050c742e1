import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode } from '../../errors/index.ts';

const HEAD_BYTES = 64;
const MOST_KEYS = 50;

/** Full paths of the private keys in a folder such as `~/.ssh`, those OpenSSH tries by itself first. */
export async function findUserKeys(folder: string): Promise<readonly string[]> {
  const names = await namesIn(folder);
  const checked = await Promise.all(
    names
      .filter((name) => !/\.pub$|^known_hosts|^authorized_keys|^config$/.test(name))
      .slice(0, MOST_KEYS)
      .map(async (name) => ({ name, isKey: await looksLikeKey(join(folder, name)) })),
  );
  const usual = ['id_ed25519', 'id_ecdsa', 'id_rsa'];
  const rank = (name: string): number => (usual.includes(name) ? usual.indexOf(name) : usual.length);
  return checked
    .filter(({ isKey }) => isKey)
    .map(({ name }) => name)
    .sort((a, b) => rank(a) - rank(b) || a.localeCompare(b))
    .map((name) => join(folder, name));
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isFile() || entry.isSymbolicLink()).map(({ name }) => name);
  } catch (thrown) {
    if (systemCode(thrown) === undefined) throw thrown;
    return [];
  }
}

async function looksLikeKey(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'r');
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
      return /^(-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----|PuTTY-User-Key-File-)/.test(
        buffer.toString('latin1', 0, bytesRead),
      );
    } finally {
      await file.close();
    }
  } catch (thrown) {
    if (systemCode(thrown) === undefined) throw thrown;
    return false;
  }
}
