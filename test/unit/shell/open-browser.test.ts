import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openBrowser, openCommands } from '../../../src-main/app/browser/open-browser.ts';

const address = 'http://127.0.0.1:1/#token=a&b';

test.each([
  ['linux', ['xdg-open', address]],
  ['darwin', ['open', address]],
  ['win32', ['rundll32', 'url.dll,FileProtocolHandler', address]],
] as const)('on %s the system’s own choice comes first, with the whole address', (platform, command) => {
  const commands = openCommands(platform, address);
  expect(commands[0]).toEqual(command);
  for (const one of commands) expect(one.at(-1)).toBe(address);
});

test('on Linux without xdg-open the browsers by name follow, snaps and Chrome’s package among them', () => {
  const programs = openCommands('linux', address).map(([program]) => program);
  expect(programs).toEqual(
    expect.arrayContaining(['google-chrome-stable', 'chromium-browser', '/snap/bin/chromium', 'microsoft-edge']),
  );
});

describe.skipIf(process.platform === 'win32')('opening', () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'pi-workbench-open-'));
  });
  afterAll(() => rm(dir, { recursive: true }));

  test('goes on past what is not there and what fails, to the first that works, and no further', async () => {
    const file = join(dir, 'opened');
    const write = (name: string) => ['/bin/sh', '-c', `printf '%s' "$1" > "$2.${name}"`, 'sh', address, file] as const;
    const missing = join(dir, 'no-such-browser');
    expect(await openBrowser(address, [[missing, address], ['/bin/false'], write('first'), write('second')])).toBe(
      true,
    );
    expect(await readFile(`${file}.first`, 'utf8')).toBe(address);
    await expect(readFile(`${file}.second`)).rejects.toThrow('ENOENT');
  });

  test('says so where there is nothing to open it with', async () => {
    expect(await openBrowser(address, [[join(dir, 'none')], ['/bin/false']])).toBe(false);
  });
});
