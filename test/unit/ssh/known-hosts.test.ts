import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hostKeyOf, type HostKey } from '../../../src-main/ssh/host-key.ts';
import { knownHostName, namesMatch, parseKnownHosts, withHostKey } from '../../../src-main/ssh/known-hosts.ts';
import { KnownHostsStore } from '../../../src-main/ssh/known-hosts-store.ts';

let folder: string;
let keys: Record<'a' | 'b' | 'rsa', HostKey>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pi-workbench-known-hosts-'));
  keys = { a: await makeKey('a', 'ed25519'), b: await makeKey('b', 'ed25519'), rsa: await makeKey('rsa', 'rsa') };
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function makeKey(name: string, type: string): Promise<HostKey> {
  const path = join(folder, name);
  execFileSync('ssh-keygen', ['-q', '-t', type, '-N', '', '-C', '', '-f', path]);
  const [, base64 = ''] = (await readFile(`${path}.pub`, 'utf8')).split(' ');
  return hostKeyOf(Buffer.from(base64, 'base64'));
}

const line = (names: string, key: HostKey): string => `${names} ${key.type} ${key.blob.toString('base64')}`;

describe('a host is found by', () => {
  test.each([
    ['its name', 'pi.local', 'pi.local', true],
    ['its name in any case', 'PI.local', 'pi.local', true],
    ['one of several names', 'a,pi.local,192.168.1.4', 'pi.local', true],
    ['a star', '*.local', 'pi.local', true],
    ['a question mark', 'pi?.local', 'pi4.local', true],
    ['several stars', '*a*b*', 'xxaxxbxx', true],
    ['not by a longer name', 'pi.local', 'pi.local.lan', false],
    ['not when it is excepted', '*.local,!pi.local', 'pi.local', false],
    ['not when only an exception is there', '!other.local', 'pi.local', false],
    ['its port', '[pi.local]:2222', '[pi.local]:2222', true],
    ['not by another port', 'pi.local', '[pi.local]:2222', false],
  ])('%s', (_what, names, name, matches) => {
    expect(namesMatch(names, name)).toBe(matches);
  });

  test('a name that ssh-keygen has hashed, with and without port', async () => {
    const path = join(folder, 'hashed');
    await writeFile(path, `${line('pi.local', keys.a)}\n${line('[pi.local]:2222', keys.b)}\n`);
    execFileSync('ssh-keygen', ['-q', '-H', '-f', path], { stdio: 'ignore' });
    const entries = parseKnownHosts(await readFile(path, 'utf8'));
    expect(entries.map(({ names }) => names.startsWith('|1|'))).toEqual([true, true]);
    const found = [22, 2222, 2223].map((port) =>
      entries.filter(({ names }) => namesMatch(names, knownHostName('PI.local.', port))).map(({ line: at }) => at),
    );
    expect(found).toEqual([[1], [2], []]);
  });
});

describe('parsing', () => {
  test('passes over comments, empty and damaged lines, and keeps markers', () => {
    const text = `# comment\n\nonly-a-name\npi.local ssh-ed25519 !!!\n@revoked * ${keys.a.type} ${keys.a.blob.toString('base64')} why\n@other x ssh-rsa AAAA\n`;
    expect(parseKnownHosts(text)).toEqual([
      { line: 5, marker: 'revoked', names: '*', type: 'ssh-ed25519', blob: keys.a.blob },
    ]);
  });

  test('never throws, whatever the file holds', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (text, name) => {
        for (const entry of parseKnownHosts(text)) namesMatch(entry.names, name);
      }),
    );
  });

  test('a glob matches what the same regular expression matches', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 8 });
    const name = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 });
    fc.assert(
      fc.property(letters, name, (pattern, text) => {
        const expression = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`);
        expect(namesMatch(pattern, text)).toBe(expression.test(text));
      }),
    );
  });
});

describe('replacing the key of a host changes only that host’s entry', () => {
  test('and keeps others, other types, comments, shared lines and line ends', () => {
    const before = [
      '# my hosts',
      line('pi.local', keys.a),
      line('pi.local', keys.rsa),
      `${line('nas,pi.local,10.0.0.2', keys.a)} shared`,
      line('*.local', keys.a),
      line('other', keys.a),
      '',
    ].join('\n');
    const after = [
      '# my hosts',
      line('pi.local', keys.rsa),
      `${line('nas,10.0.0.2', keys.a)} shared`,
      line('*.local', keys.a),
      line('other', keys.a),
      line('pi.local', keys.b),
      '',
    ].join('\n');
    expect(withHostKey(before, 'pi.local', keys.b)).toBe(after);
  });

  test('and starts a new line where the file does not end with one', () => {
    expect(withHostKey('# x', 'pi', keys.a)).toBe(`# x\n${line('pi', keys.a)}\n`);
    expect(withHostKey('', 'pi', keys.a)).toBe(`${line('pi', keys.a)}\n`);
  });
});

describe('a key is judged', () => {
  async function store(own: string, user: string): Promise<KnownHostsStore> {
    const at = await mkdtemp(join(folder, 'files-'));
    const files = { own: join(at, 'own'), user: join(at, 'user'), others: [join(at, 'missing')] };
    await writeFile(files.own, own);
    await writeFile(files.user, user);
    return new KnownHostsStore(files);
  }

  test('new when nothing is noted, and known once it was accepted', async () => {
    const known = await store('', '# mine\n');
    expect(await known.judge('pi', 22, keys.a)).toEqual({ kind: 'new', others: [] });
    await known.trust('pi', 22, keys.a);
    expect(await known.judge('pi', 22, keys.a)).toEqual({ kind: 'trusted' });
    expect(await readFile(known.files.user, 'utf8')).toBe('# mine\n');
  });

  test('changed when another of the same type is noted, with the old fingerprint and its place', async () => {
    const known = await store('', `# mine\n${line('pi', keys.a)}\n`);
    const { user } = known.files;
    expect(await known.judge('pi', 22, keys.b)).toEqual({
      kind: 'changed',
      noted: [{ type: 'ssh-ed25519', fingerprint: keys.a.fingerprint, file: user, line: 2 }],
    });
    const expected = execFileSync('ssh-keygen', ['-l', '-f', join(folder, 'a.pub')], { encoding: 'utf8' }).split(
      ' ',
    )[1];
    expect(keys.a.fingerprint).toBe(expected);
  });

  test('new, not changed, when it is of a second type', async () => {
    const known = await store('', line('pi', keys.a));
    expect(await known.judge('pi', 22, keys.rsa)).toMatchObject({
      kind: 'new',
      others: [{ type: 'ssh-ed25519', fingerprint: keys.a.fingerprint }],
    });
    expect(await known.typesOf('pi', 22)).toEqual(['ssh-ed25519']);
  });

  test('by the app’s own file first, so that a replaced key counts although the user’s file has the old one', async () => {
    const known = await store(line('pi', keys.b), line('pi', keys.a));
    expect(await known.judge('pi', 22, keys.b)).toEqual({ kind: 'trusted' });
    expect(await known.judge('pi', 22, keys.a)).toMatchObject({ kind: 'changed' });
  });

  test('revoked when any file says so, even where it is noted as known', async () => {
    const known = await store(line('pi', keys.a), `@revoked * ${keys.a.type} ${keys.a.blob.toString('base64')}\n`);
    expect(await known.judge('pi', 22, keys.a)).toMatchObject({ kind: 'revoked', line: 1 });
  });

  test('noted in the user’s file only when asked, by that file’s own format', async () => {
    const known = await store('', line('pi', keys.a));
    await known.trust('pi', 2222, keys.b, { inUserFile: true });
    const found = execFileSync('ssh-keygen', ['-F', '[pi]:2222', '-f', known.files.user], { encoding: 'utf8' });
    expect(found).toContain(keys.b.blob.toString('base64'));
    expect(await known.judge('pi', 22, keys.a)).toEqual({ kind: 'trusted' });
  });
});
