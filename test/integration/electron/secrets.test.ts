import { build } from 'esbuild';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ElectronDouble, type StartOptions } from '../../electron-double/start.ts';

/** The app's own code for secrets, each action in a process of its own, as after a restart. */
let double: ElectronDouble;
let dir: string;
let main: string;

beforeAll(async () => {
  double = await ElectronDouble.open({ windows: false });
  main = join(double.dir, 'secrets-main.mjs');
  await build({
    entryPoints: [join(import.meta.dirname, 'secrets-main.ts')],
    outfile: main,
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['electron'],
    logLevel: 'error',
  });
});
afterAll(() => double.dispose());

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'pi-workbench-secrets-'));
});
afterEach(() => rm(dir, { recursive: true }));

interface Outcome {
  readonly value: string | null;
  readonly persistent: boolean;
  readonly reason: string;
  readonly troubles: readonly { readonly message: string; readonly hint: string }[];
}

const file = (): string => join(dir, 'data', 'secrets.json');

async function act(action: readonly string[], options: Partial<StartOptions> = {}): Promise<Outcome> {
  const app = double.start({ main, flags: [join(dir, 'data'), ...action], ...options });
  expect(await app.exited(), app.output).toBe(0);
  expect(app.faults).toEqual([]);
  const line = app.output.split('\n').find((one) => one.startsWith('{'));
  return JSON.parse(line ?? '') as Outcome;
}

describe.each(['basic_text', 'unknown'] as const)('where Linux has no key store (%s)', (keyStore) => {
  test('nothing is written, the password lasts for the session, and the reason says so', async () => {
    const kept = await act(['set', 'pi', 'raspberry'], { keyStore });
    expect(kept).toMatchObject({ value: 'raspberry', persistent: false, troubles: [] });
    expect(kept.reason).toBe(
      'This desktop offers no key store, so passwords are not saved: they are kept until Pi Workbench is closed.',
    );
    expect(existsSync(file())).toBe(false);
    expect((await act(['get', 'pi'], { keyStore })).value).toBeNull();
  });
});

describe.each(['gnome_libsecret', 'kwallet6'] as const)('with a real key store (%s)', (keyStore) => {
  test('a password outlasts the app, and its file holds no plain text', async () => {
    expect(await act(['set', 'pi@host', 'raspberry'], { keyStore })).toMatchObject({ persistent: true, troubles: [] });
    const text = await readFile(file(), 'utf8');
    expect(text).not.toContain('raspberry');
    expect(text).not.toContain(Buffer.from('raspberry').toString('base64').slice(0, 10));
    expect((await stat(file())).mode & 0o777).toBe(0o600);
    expect((await act(['get', 'pi@host'], { keyStore })).value).toBe('raspberry');
    expect((await act(['delete', 'pi@host'], { keyStore })).value).toBeNull();
    expect(await readFile(file(), 'utf8')).toBe('{}\n');
  });
});

test('a key store that refuses: the password is kept for the session, and a notice says so', async () => {
  const kept = await act(['set', 'pi', 'raspberry'], { keyStoreRefuses: true });
  expect(kept).toMatchObject({
    value: 'raspberry',
    persistent: false,
    reason: 'The key store of this computer refused, so passwords are kept only until Pi Workbench is closed.',
    troubles: [{ message: 'A password could not be saved: the key store of this computer refused.' }],
  });
  expect(existsSync(file())).toBe(false);
});

test('a password that can no longer be decrypted is asked for anew, and its file is left alone', async () => {
  await act(['set', 'pi', 'raspberry']);
  const before = await readFile(file(), 'utf8');
  const lost = await act(['get', 'pi'], { keyStoreRefuses: true });
  expect(lost.value).toBeNull();
  expect(lost.troubles).toMatchObject([{ hint: 'Unlock it and try again, or type the password anew.' }]);
  expect(await readFile(file(), 'utf8')).toBe(before);
});

test('a damaged file is kept aside and said', async () => {
  await act(['set', 'pi', 'raspberry']);
  await writeFile(file(), '{"pi": 7');
  const read = await act(['get', 'pi']);
  expect(read).toMatchObject({ value: null, troubles: [{ message: 'The saved passwords could not be read.' }] });
  const aside = /kept as (\S+)\.$/.exec(read.troubles[0]?.hint ?? '')?.[1] ?? '';
  expect(await readFile(aside, 'utf8')).toBe('{"pi": 7');
});
