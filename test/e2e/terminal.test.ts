import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Bench } from './support/bench.ts';
import { barriers, noBarriers } from './support/axe.ts';

let bench: Bench;

beforeAll(async () => {
  bench = await Bench.start({
    prepare: async ({ sshd }) => {
      await writeFile(join(sshd.home, '.bash_profile'), "PS1='pi:~$ '\n", { mode: 0o644 });
    },
  });
});
afterAll(async () => {
  await bench.app.screenshot('terminal-last');
  await bench.stop();
});

const row = (text: string | RegExp) =>
  bench.page.locator('.xterm-rows > div').filter({ hasText: text }).first().waitFor();
const type = (text: string) => bench.page.keyboard.type(text);
const enter = (text: string) => type(`${text}\n`);

async function signInByKey(): Promise<void> {
  await bench.addDevice('Bench 3');
  await bench.page.getByRole('link', { name: 'Terminal', exact: true }).click();
  await bench.page.getByText('Sign in to open a terminal').waitFor();
  await bench.page.getByRole('button', { name: 'Sign in', exact: true }).last().click();
  await bench.page.getByText('Key file', { exact: true }).click();
  await bench.page.getByLabel('Path of the private key').fill(bench.sshd.keyPath);
  await bench.page.getByRole('dialog').getByRole('button', { name: 'Sign in', exact: true }).click();
  await bench.button('Accept and sign in').click();
  await row('pi:~$');
}

describe('a terminal over SSH', () => {
  test('opens once one is signed in, and shows what a command prints', async () => {
    await signInByKey();
    await bench.page.locator('.xterm-screen').click();
    await enter(
      'echo "sum $((40 + 2))"; tput setaf 1; echo red; tput setab 33; tput setaf 15; printf "\\e[38;2;10;120;200mtrue\\e[0m\\n"',
    );
    await row('sum 42');
    await row(/^true/);
  });

  test('has the size of its place, also after the window has changed', async () => {
    await enter('stty size');
    await row(/^\d+ \d+$/);
    const before = await bench.page
      .locator('.xterm-rows > div')
      .filter({ hasText: /^\d+ \d+$/ })
      .first()
      .textContent();
    await bench.page.setViewportSize({ width: 900, height: 700 });
    await enter('clear; sleep 0.5; echo "now $(stty size)"');
    await row(/^now \d+ \d+$/);
    const after = await bench.page.locator('.xterm-rows > div').filter({ hasText: /^now/ }).first().textContent();
    expect(after?.trim()).not.toBe(`now ${before?.trim()}`);
    await bench.page.setViewportSize({ width: 1280, height: 800 });
  });

  test('finds text that it has shown', async () => {
    await bench.button('Search (Ctrl+Shift+F)').click();
    await bench.page.getByRole('textbox', { name: 'Search in the terminal' }).fill('no such text anywhere');
    await bench.page.getByText('Not found').waitFor();
    await bench.page.getByRole('textbox', { name: 'Search in the terminal' }).fill('now');
    await bench.page.getByText('Not found').waitFor({ state: 'detached' });
    await bench.page.keyboard.press('Escape');
  });

  test('shows 300 000 lines without losing the last, and answers after', async () => {
    await enter('seq 1 300000; echo "end $((1 + 1))"');
    await row('end 2');
    await row('300000');
  });

  test('opens Python in a tab of its own', async () => {
    await bench.button('Python here').click();
    await row('>>>');
    await enter('print(6 * 7)');
    await row(/^42/);
    await bench.button('Close Python').click();
    await row('end 2');
  });

  test('sends a file to the home folder, types its path, and asks before it replaces one', async () => {
    const bytes = randomBytes(700_000);
    const local = join(bench.home, 'My photo.jpg');
    await writeFile(local, bytes);
    const picker = bench.page.getByLabel('Files to send to the device');
    await picker.setInputFiles(local);
    await row(/My photo\.jpg'/);
    expect((await readFile(join(bench.sshd.home, 'My photo.jpg'))).equals(bytes)).toBe(true);
    await writeFile(local, 'second');
    await picker.setInputFiles(local);
    await bench.page.getByText('Replace My photo.jpg on the device?').waitFor();
    await bench.button('Replace').click();
    await expect.poll(() => readFile(join(bench.sshd.home, 'My photo.jpg'), 'utf8')).toBe('second');
    await bench.page.keyboard.press('Control+C');
  });

  test('is still there after another page was shown', async () => {
    await enter('clear; echo "still $((3 + 4))"');
    await row('still 7');
    await bench.page.getByRole('link', { name: 'Overview', exact: true }).click();
    await bench.page.getByText('About this device').waitFor();
    await bench.page.getByRole('link', { name: 'Terminal', exact: true }).click();
    await row('still 7');
    await enter('echo "alive $((4 + 4))"');
    await row('alive 8');
  });

  test('says that its connection was cut, and reconnects on a key', async () => {
    await bench.sshd.dropConnections();
    await row(/was cut\. Press a key to reconnect/);
    await bench.app.screenshot('terminal-dropped');
    await bench.page.locator('.xterm-helper-textarea').focus();
    await bench.page.keyboard.press('Enter');
    await expect
      .poll(() => bench.page.locator('.xterm-rows').textContent())
      .toMatch(/Press a key to reconnect[^]*pi:~\$/);
    await enter('echo "again $((5 + 5))"');
    await row('again 10');
  });
});

describe('a terminal on the practice device', () => {
  test('needs no sign-in', async () => {
    await bench.page.evaluate(() => {
      window.location.hash = '#/device/practice/terminal';
    });
    await bench.page.locator('.xterm-rows').waitFor();
    await bench.page.locator('.xterm-helper-textarea').focus();
    await enter('echo "here $((6 * 6))"');
    await row('here 36');
  });

  test('that ends says how, and starts again on a key', async () => {
    await enter('exit 3');
    await row(/The shell ended with code 3\. Press a key/);
    await bench.page.keyboard.press('Enter');
    await enter('echo "back $((7 * 7))"');
    await row('back 49');
  });
});

describe.each(['light', 'dark'] as const)('in the %s theme', (theme) => {
  test.each([1280, 360])('axe finds nothing and nothing overflows at %i px', async (width) => {
    await bench.page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
    await bench.page.setViewportSize({ width, height: 800 });
    await enter(
      `clear; ls --color=always -d /usr/bin /etc/hostname; printf '\\e[32mgreen\\e[0m \\e[31mred\\e[0m \\e[34mblue\\e[0m\\n'`,
    );
    await row('green');
    await bench.page.waitForTimeout(300);
    await bench.app.screenshot(`terminal-${theme}-${width}`);
    expect(await barriers(bench.page)).toEqual(noBarriers);
  });
});
