import { execFileSync } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startSshd, type Sshd } from '../integration/support/sshd.ts';
import { startApp, type RunningApp } from './support/app.ts';
import { barriers, noBarriers } from './support/axe.ts';
import { recordFaults } from './support/faults.ts';

let app: RunningApp;
let sshd: Sshd;
const faults: string[] = [];

/** What a device's tools print: what was put into the folder `played`, else what they print by themselves. */
const PLAYED = `#!/bin/sh
played=$(dirname "$0")/../played
PATH=/usr/sbin:/sbin:/usr/bin:/bin
`;
const PROGRAMS = {
  ip: `${PLAYED}case "$*" in *addr*) [ ! -e "$played/ip" ] || exec cat "$played/ip" ;; esac
exec ip "$@"
`,
  ifconfig: `${PLAYED}[ ! -e "$played/ifconfig" ] || exec cat "$played/ifconfig"
exec ifconfig "$@"
`,
  // Three errors, 3000 bytes in and 1500 bytes out a second.
  cat: `${PLAYED}[ "$1" = /proc/net/dev ] && [ -e "$played/counting" ] || exec cat "$@"
read -r up idle < /proc/uptime
n=$((\${up%.*} * 3))
printf 'Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
  eth0: %d 10 %d 0 0 0 0 0 %d 10 0 0 0 0 0 0\\n' $((n * 1000)) $n $((n * 500))
`,
};

beforeAll(async () => {
  sshd = await startSshd({ programs: PROGRAMS });
  app = await startApp();
  recordFaults(app.page, faults);
  await app.page.getByRole('link', { name: 'This computer (practice)' }).waitFor();
  await open('#/device/practice/network');
  await app.page.getByRole('heading', { name: 'The five words' }).waitFor();
});
afterAll(async () => {
  expect(await app.stop()).toBe(0);
  await sshd.stop();
});

async function open(hash: string): Promise<void> {
  await app.page.evaluate((next) => {
    window.location.hash = next;
  }, hash);
}

/** Those that stay: other tests may make virtual ones and take them away at the same time. */
const interfacesHere = Object.entries(networkInterfaces()).flatMap(([name, infos = []]) =>
  infos.length > 0 && /^(lo|eth|en|wl)/.test(name) ? [{ name, infos }] : [],
);
const card = (name: string) => app.page.locator(`[data-interface="${name}"]`);
const word = (short: string) => app.page.locator(`[data-word="${short}"]`);

/** The line of a sparkline, as SVG writes it; empty while there is none. */
const sparkline = async (name: string, what: string): Promise<string> => {
  const image = card(name).getByRole('img', { name: `${what} a second on ${name}, last two minutes` });
  return (await image.locator('path').evaluateAll((paths) => paths.map((path) => path.getAttribute('d')))).join();
};
/** Two points at least, joined. */
const LINE = /M[\d.]+ [\d.]+L[\d.]+ [\d.]+/;

interface KernelCounters {
  readonly ifname: string;
  readonly stats64: { readonly rx: { readonly bytes: number }; readonly tx: { readonly bytes: number } };
}

const kernelCounters = (): readonly KernelCounters[] =>
  JSON.parse(execFileSync('ip', ['-s', '-json', 'link'], { encoding: 'utf8' })) as readonly KernelCounters[];

describe('the practice device', () => {
  test.each(interfacesHere)('$name is shown with the addresses this machine has', async ({ name, infos }) => {
    const text = await card(name).innerText();
    for (const { address, netmask, family, cidr, mac, internal } of infos) {
      expect(text).toContain(address);
      const prefix = `/${cidr?.split('/')[1] ?? ''}`;
      expect(text).toContain(family === 'IPv4' ? `${netmask} (${prefix})` : prefix);
      if (!internal) expect(text).toContain(mac);
    }
  });

  test('its counters are the kernel’s, every digit, and go on counting', async () => {
    const bytes = async (direction: 'rx' | 'tx'): Promise<bigint> =>
      BigInt((await card('lo').locator(`[data-counter="${direction}-bytes"]`).getAttribute('data-exact')) ?? 'none');
    const before = kernelCounters().find(({ ifname }) => ifname === 'lo')?.stats64;
    const first = await bytes('rx');
    await expect.poll(() => bytes('rx'), { timeout: 15_000 }).toBeGreaterThan(first);
    await expect.poll(() => bytes('rx'), { timeout: 15_000 }).toBeGreaterThanOrEqual(BigInt(before?.rx.bytes ?? 0));
    const shown = [await bytes('rx'), await bytes('tx')];
    const after = kernelCounters().find(({ ifname }) => ifname === 'lo')?.stats64;
    expect(shown[0]).toBeLessThanOrEqual(BigInt(after?.rx.bytes ?? 0));
    expect(shown[1]).toBeLessThanOrEqual(BigInt(after?.tx.bytes ?? 0));
  });

  test('live rates are unknown at first and then numbers, never negative', async () => {
    const rate = card('lo').locator('[data-rate="rx"]');
    await expect.poll(() => rate.innerText(), { timeout: 15_000 }).toMatch(/^[\d.]+ (bytes?|kB|MB|GB)\/s$/);
    await expect.poll(() => sparkline('lo', 'Bytes received')).toMatch(LINE);
  });

  test('the gateway and the metric are the routing table’s', async () => {
    const routes = JSON.parse(execFileSync('ip', ['-4', '-json', 'route'], { encoding: 'utf8' })) as readonly {
      readonly dst: string;
      readonly gateway?: string;
    }[];
    const gateway = routes.find(({ dst }) => dst === 'default')?.gateway;
    expect(await word('gateway').locator('.text').innerText()).toBe(gateway ?? 'None');
  });

  test('ifconfig of one interface, of all, and of one that is not there', async () => {
    const choose = async (argument: string): Promise<string> => {
      const select = app.page.getByRole('combobox', { name: 'Which interface' });
      if ((await select.count()) > 0) await select.selectOption(argument);
      else await app.page.getByRole('radio', { name: argument, exact: true }).check({ force: true });
      return app.page.getByRole('region', { name: `ifconfig ${argument}` }).innerText();
    };
    expect(await choose('lo')).toMatch(/^lo: flags=\d+<UP,LOOPBACK,RUNNING> {2}mtu 65536\n {8}inet 127\.0\.0\.1 /);
    const all = await choose('-a');
    for (const { name } of interfacesHere) expect(all).toContain(`${name}: flags=`);
    if (!interfacesHere.some(({ name }) => name === 'wlan0')) {
      expect(await choose('wlan0')).toBe('wlan0: error fetching interface information: Device not found');
    }
  });
});

describe('the subnet helper', () => {
  const field = () => app.page.getByLabel('Address, mask or range');

  test('works out what follows from an address and a mask', async () => {
    await field().fill('192.168.50.7 255.255.252.0');
    await app.page.getByText('192.168.48.0/22', { exact: true }).waitFor();
    await app.page.getByText('192.168.51.255', { exact: true }).waitFor();
    await app.page.getByText('11111111.11111111.11111100.00000000').waitFor();
  });

  test('says beside the field what is no mask, and keeps what was typed', async () => {
    await field().fill('10.0.0.1 255.0.255.0');
    await app.page.getByText('it has a 1 after a 0').waitFor();
    expect(await field().inputValue()).toBe('10.0.0.1 255.0.255.0');
    await field().fill('');
  });
});

describe('pasted text', () => {
  test('draws the same page from what a Pi printed', async () => {
    await app.page.getByText('Pasted text', { exact: true }).click();
    await app.page
      .getByLabel('What the Pi printed')
      .fill(
        [
          'pi@raspberrypi:~ $ ifconfig eth0',
          'eth0      Link encap:Ethernet  HWaddr b8:27:eb:12:34:56',
          '          inet addr:192.168.50.7  Bcast:192.168.50.255  Mask:255.255.255.0',
          '          UP BROADCAST RUNNING MULTICAST  MTU:1500  Metric:1',
          '          RX packets:7 errors:0 dropped:0 overruns:0 frame:0',
          '          TX packets:9 errors:0 dropped:0 overruns:0 carrier:0',
          '          RX bytes:9007199254740993 (8.0 PiB)  TX bytes:42 (42.0 B)',
        ].join('\n'),
      );
    await app.page.getByRole('button', { name: 'Explain' }).click();
    await app.page.getByText('Found in the text: ifconfig').waitFor();
    expect(await word('MAC').locator('.text').innerText()).toBe('b8:27:eb:12:34:56');
    expect(await word('mask').locator('.text').innerText()).toBe('255.255.255.0 (/24)');
    const received = card('eth0').locator('[data-counter="rx-bytes"]');
    expect((await received.innerText()).replace(/\D/g, '')).toBe('9007199254740993');
  });

  test('what the text does not tell is unknown, never zero or none', async () => {
    for (const short of ['gateway', 'DNS']) expect(await word(short).locator('.text').innerText()).toBe('Unknown');
    await app.page.getByText('Unknown: the routes were not read.').waitFor();
    await app.screenshot('network-explain');
  });

  test('text that tells nothing is refused in words and stays', async () => {
    const field = app.page.getByLabel('What the Pi printed');
    await field.fill('hello there');
    await app.page.getByRole('button', { name: 'Explain' }).click();
    await app.page.getByText('Nothing in this text looks like the network settings').waitFor();
    expect(await field.inputValue()).toBe('hello there');
  });

  test('is still there after another screen was open', async () => {
    await open('#/dns');
    await app.page.getByRole('heading', { name: 'DNS', level: 1 }).waitFor();
    await open('#/device/practice/network');
    await app.page.getByLabel('What the Pi printed').waitFor();
    expect(await app.page.getByLabel('What the Pi printed').inputValue()).toBe('hello there');
    await app.page.getByRole('button', { name: 'Show an example' }).click();
    await app.page.getByText('Found in the text: ifconfig, ip route, resolv.conf').waitFor();
  });
});

describe('a device one is not signed in to', () => {
  test('offers to sign in, or to explain pasted text', async () => {
    await addDevice('127.0.0.9', 22, 'pi');
    await app.page.getByRole('heading', { name: '127.0.0.9', level: 1 }).waitFor();
    await app.page.getByRole('link', { name: 'Network', exact: true }).click();
    await app.page.getByText('Sign in to read its network').waitFor();
    await app.page.getByRole('button', { name: 'Explain pasted text' }).click();
    await app.page.getByLabel('What the Pi printed').waitFor();
  });
});

async function addDevice(host: string, port: number, user: string): Promise<void> {
  await open('#/devices');
  await app.page.getByRole('button', { name: 'Add a device' }).click();
  const dialog = app.page.getByRole('dialog');
  await dialog.getByLabel('Host name or address').fill(host);
  await dialog.getByLabel('User name').fill(user);
  await dialog.getByLabel('SSH port').fill(String(port));
  await dialog.getByRole('button', { name: 'Add device' }).click();
}

describe('a device over SSH', () => {
  test('is read after the sign-in, and shown beside this computer with “same subnet?” worked out', async ({ skip }) => {
    skip(sshd.password === '', 'Accounts cannot be made here, so there is no password to sign in with.');
    await addDevice('127.0.0.1', sshd.port, sshd.user);
    await app.page.getByRole('link', { name: 'Network', exact: true }).click();
    await app.page.locator('main').getByRole('button', { name: 'Sign in', exact: true }).last().click();
    await app.page.getByRole('dialog').getByRole('textbox', { name: 'Password' }).fill(sshd.password);
    await app.page.getByRole('dialog').getByRole('button', { name: 'Sign in', exact: true }).click();
    await app.page.getByRole('button', { name: 'Accept and sign in' }).click();
    await app.page.getByRole('heading', { name: 'The five words' }).waitFor();
    const table = app.page.getByRole('table', { name: 'The device and this computer' });
    await table.waitFor();
    const mac = await word('MAC').locator('.text').innerText();
    const row = table.getByRole('row').filter({ hasText: 'MAC' });
    if (mac !== 'Unknown') expect((await row.innerText()).split(mac)).toHaveLength(3);
    await table.scrollIntoViewIfNeeded();
    await app.screenshot('network-side-by-side');
  });

  describe('whose tools print something else', () => {
    /** The first adapter of this computer in a subnet that has room for another machine. */
    const [ours] = interfacesHere.flatMap(({ name, infos }) =>
      infos.flatMap(({ family, internal, address, cidr }) => {
        const prefix = Number(cidr?.split('/')[1]);
        return family === 'IPv4' && !internal && prefix <= 29 ? [{ name, address, prefix }] : [];
      }),
    );

    async function play(files: Readonly<Record<string, string>>): Promise<void> {
      const folder = join(sshd.folder, 'played');
      await rm(folder, { recursive: true, force: true });
      await mkdir(folder);
      for (const [name, text] of Object.entries({ counting: '', ...files })) await writeFile(join(folder, name), text);
      await app.page.getByRole('button', { name: 'Read again' }).click();
    }

    const ipAddr = (cidr: string): string =>
      `2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc mq state UP group default qlen 1000
    link/ether b8:27:eb:12:34:56 brd ff:ff:ff:ff:ff:ff
    inet ${cidr} scope global eth0
`;
    const says = (text: string): Promise<void> => app.page.getByText(text).waitFor();

    test('is in the same subnet, in another, or without a mask, which is not guessed', async ({ skip }) => {
      skip(sshd.password === '' || ours === undefined, 'This computer is in no network, or nobody can sign in.');
      if (ours === undefined) return;
      const [near, far] = [ours.address.replace(/\d+$/, (last) => String(Number(last) ^ 1)), '203.0.113.77'];
      const here = `${ours.address} (${ours.name})`;
      await play({ ip: ipAddr(`${near}/${ours.prefix}`) });
      await says(`Yes: ${here} and ${near} (eth0) are in the same subnet and talk directly.`);
      await play({ ip: ipAddr(`${far}/24`) });
      await says(`No: ${here} and ${far} (eth0) are in different subnets, so a router must pass packets between them.`);
      await says(`The device: ${far} AND 255.255.255.0 = 203.0.113.0`);
      await play({
        ip: '',
        ifconfig: `eth0: flags=4163<UP,BROADCAST,RUNNING,MULTICAST>  mtu 1500\n        inet ${far}\n`,
      });
      await says('Not known: no IPv4 address with a mask was read on the device.');
    });

    test('counts errors, which are shown with their rate and as a line', async ({ skip }) => {
      skip(sshd.password === '', 'Accounts cannot be made here, so there is no password to sign in with.');
      await play({ ip: ipAddr('203.0.113.77/24') });
      for (const what of ['Errors and drops', 'Bytes received', 'Bytes sent']) {
        await expect.poll(() => sparkline('eth0', what)).toMatch(LINE);
      }
      // Whole seconds are counted, two seconds and more apart.
      await card('eth0')
        .getByText(/^[1-4]\.\d a second$/)
        .waitFor();
    });
  });

  test('that goes away leaves what was read, with its time, and a way back', async ({ skip }) => {
    skip(sshd.password === '', 'Accounts cannot be made here, so there is no password to sign in with.');
    await sshd.halt();
    await app.page.getByText('Not signed in any more').waitFor();
    await app.page.getByText('This is what was read at').waitFor();
    await app.page.getByRole('heading', { name: 'The five words' }).waitFor();
  });
});

describe.each(['light', 'dark'] as const)('in the %s theme', (theme) => {
  test.each([
    ['network', 'This computer'],
    ['network-text', 'Pasted text'],
  ])('axe finds nothing on %s, wide and narrow', async (name, source) => {
    await app.page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
    await open('#/device/practice/network');
    for (const width of [1280, 360]) {
      await app.page.setViewportSize({ width, height: 800 });
      await app.page.getByText(source, { exact: true }).first().click();
      await app.page.getByRole('heading', { name: 'The five words' }).waitFor();
      await app.screenshot(`${name}-${theme}-${width}`);
      expect(await barriers(app.page)).toEqual(noBarriers);
    }
  });
});

test('nothing went wrong in the page meanwhile', () => {
  expect(faults).toEqual([]);
});
