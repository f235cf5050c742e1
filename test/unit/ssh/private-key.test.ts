import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadPrivateKey, readPrivateKey } from '../../../src-main/ssh/private-key.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pi-workbench-keys-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function makeKey(name: string, ...args: string[]): Promise<string> {
  const path = join(folder, name);
  execFileSync('ssh-keygen', ['-q', '-C', 'me', '-f', path, ...args]);
  return readFile(path, 'utf8');
}
const kindOf = (text: string, passphrase?: string): string => readPrivateKey(text, passphrase).kind;

test.each([
  ['ed25519', ['-t', 'ed25519']],
  ['ecdsa', ['-t', 'ecdsa']],
  ['rsa', ['-t', 'rsa', '-b', '2048']],
  ['rsa in PEM', ['-t', 'rsa', '-b', '2048', '-m', 'PEM']],
  ['ed25519 with an AEAD cipher', ['-t', 'ed25519', '-Z', 'aes256-gcm@openssh.com']],
])('an OpenSSH key, %s: plain is ok; encrypted needs its passphrase and tells a wrong one', async (name, args) => {
  if (!args.includes('-Z')) expect(kindOf(await makeKey(`plain ${name}`, ...args, '-N', ''))).toBe('ok');
  const encrypted = await makeKey(`encrypted ${name}`, ...args, '-a', '1', '-N', 'correct horse');
  expect([undefined, '', 'wrong', 'correct horse'].map((passphrase) => kindOf(encrypted, passphrase))).toEqual([
    'needs passphrase',
    'needs passphrase',
    'wrong passphrase',
    'ok',
  ]);
});

test('a PKCS#8 ed25519 key is an unsupported format, with the command that converts it', () => {
  const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
  expect(readPrivateKey(pem)).toMatchObject({ kind: 'unsupported format', format: 'a PKCS#8 key' });
  expect(readPrivateKey(pem)).toHaveProperty('convert', expect.stringContaining('ssh-keygen -p -f'));
});

test.each([
  ['a PuTTY key of version 3', 'PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n'],
  ['an ssh.com key', '---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nAAAA\n'],
  ['a certificate', '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----'],
  ['any text', 'hello'],
  ['nothing', ''],
])('%s is an unsupported format', (_name, text) => {
  expect(kindOf(text)).toBe('unsupported format');
});

test('a public key is told as one', async () => {
  await makeKey('pair', '-t', 'ed25519', '-N', '');
  expect(readPrivateKey(await readFile(join(folder, 'pair.pub'), 'utf8'))).toMatchObject({ format: 'a public key' });
});

test('a key saved by an editor of Windows is read', async () => {
  const text = await makeKey('windows', '-t', 'ed25519', '-N', '');
  expect(kindOf(`\uFEFF${text.replaceAll('\n', '\r\n')}`)).toBe('ok');
});

test('no text makes it throw', async () => {
  const key = await makeKey('damaged', '-t', 'ed25519', '-N', '');
  fc.assert(
    fc.property(fc.nat(key.length), fc.string(), (at, junk) => {
      readPrivateKey(key.slice(0, at) + junk + key.slice(at), 'x');
      readPrivateKey(key.slice(0, at), 'x');
      readPrivateKey(junk);
    }),
    { numRuns: 200 },
  );
});

test('a file is read with the error its problem has', async () => {
  await writeFile(join(folder, 'huge'), Buffer.alloc(100_000));
  await makeKey('locked', '-t', 'ed25519', '-a', '1', '-N', 'x');
  const codes = await Promise.all(
    ['missing', 'huge', 'locked', '.'].map((name) =>
      loadPrivateKey(join(folder, name)).catch((thrown: { code: string }) => thrown.code),
    ),
  );
  expect(codes).toEqual(['KEY_FILE_MISSING', 'KEY_UNSUPPORTED', 'KEY_NEEDS_PASSPHRASE', 'KEY_FILE_UNREADABLE']);
});
