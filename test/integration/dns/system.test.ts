import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SystemResolver } from '../../../src-main/dns/system.ts';
import { pythonException } from '../../../src-main/dns/words.ts';

const run = promisify(execFile);

describe('the system resolver', () => {
  const system = new SystemResolver();

  test('knows localhost', async () => {
    const answer = await system.addresses('localhost', ['A', 'AAAA'], { timeoutMs: 10_000 });
    expect(answer).toMatchObject({ outcome: 'found', code: '' });
    expect(['127.0.0.1', '::1']).toContain(answer.records[0]?.value);
  });

  test('gives only the family asked for', async () => {
    const { records } = await system.addresses('localhost', ['A'], { timeoutMs: 10_000 });
    expect(records).toEqual([{ name: 'localhost', type: 'A', ttl: null, value: '127.0.0.1', family: 4 }]);
  });

  test('turns an address into its name, as gethostbyaddr does', async () => {
    const { records } = await system.nameOf('127.0.0.1', { timeoutMs: 10_000 });
    expect(records).toMatchObject([{ type: 'PTR', value: 'localhost' }]);
  });

  test('answers many questions although only two are put at a time', async () => {
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => system.addresses('localhost', ['A'], { timeoutMs: 10_000 })),
    );
    expect(answers.map((answer) => answer.outcome)).toEqual(Array(12).fill('found'));
  });

  test('is not asked for somebody who has gone', async () => {
    const signal = AbortSignal.abort();
    await expect(system.addresses('localhost', ['A'], { timeoutMs: 10_000, signal })).rejects.toMatchObject({
      code: 'CANCELLED',
    });
    expect((await system.addresses('localhost', ['A'], { timeoutMs: 10_000 })).outcome).toBe('found');
  });
});

/** Namespaces of its own need root on Linux; without them glibc cannot be pointed to the test's server. */
const canUnshare = ((): boolean => {
  try {
    execFileSync('unshare', ['-n', '-m', 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

interface Cases {
  readonly python: Readonly<Record<'missing' | 'empty' | 'broken' | 'unwilling' | 'reverse', string>>;
  readonly unreachable: { readonly forward: string; readonly reverse: string };
  readonly app: Readonly<Record<string, string>>;
}

describe.skipIf(!canUnshare)('with glibc and Python pointed to a failing server', () => {
  let folder: string;
  let cases: Cases;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pi-workbench-dns-'));
    const program = join(folder, 'app.mjs');
    await build({
      stdin: { contents: APP_PROGRAM, resolveDir: import.meta.dirname, loader: 'ts' },
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile: program,
    });
    await writeFile(join(folder, 'resolv.conf'), 'nameserver 127.0.0.1\n');
    const adapter =
      'ip link add v0 type veth peer name v1 && ip addr add 192.0.2.9/24 dev v0 && ip link set v0 up && ip link set v1 up';
    const script = `ip link set lo up && ${adapter} && mount --bind "$0/resolv.conf" /etc/resolv.conf && exec python3 "$1" "$2" "$3"`;
    const cases_py = join(import.meta.dirname, '../../fixtures/dns/glibc-cases.py');
    const argv = ['-n', '-m', 'sh', '-c', script, folder, cases_py, process.execPath, program];
    cases = JSON.parse((await run('unshare', argv)).stdout) as Cases;
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('the app names exactly the exceptions that Python raises', () => {
    expect(cases.python).toEqual({
      missing: pythonException('not-found', 'A'),
      empty: pythonException('no-data', 'A'),
      broken: pythonException('server-failed', 'A'),
      unwilling: pythonException('refused', 'A'),
      reverse: pythonException('not-found', 'PTR'),
    });
    expect(cases.unreachable).toEqual({
      forward: pythonException('no-server', 'A'),
      reverse: pythonException('no-server', 'PTR'),
    });
  });

  test('the app tells a missing name, a missing record and a failing server apart', () => {
    expect(cases.app).toEqual({
      missing: 'not-found ENOTFOUND',
      empty: 'no-data ENOTFOUND',
      broken: 'server-failed EAI_AGAIN',
      reverse: 'not-found ENOTFOUND',
    });
  });
});

const APP_PROGRAM = `
import { SystemResolver } from '../../../src-main/dns/system.ts';
const system = new SystemResolver();
const said = {};
for (const name of ['missing', 'empty', 'broken']) {
  const { outcome, code } = await system.addresses(name + '.test', ['A', 'AAAA'], { timeoutMs: 20_000 });
  said[name] = outcome + ' ' + code;
}
const { outcome, code } = await system.nameOf('192.0.2.1', { timeoutMs: 20_000 });
said.reverse = outcome + ' ' + code;
console.log(JSON.stringify(said));
`;
