import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FoundDevice, FoundList } from '../../src-main/discovery/index.ts';
import { TargetAsker } from '../../src-main/dns/target-asker.ts';
import { checkName, type LookupAnswer, type RecordType } from '../../src-main/dns/index.ts';
import type { SshTarget } from '../../src-main/target/remote/index.ts';
import { Watcher } from '../integration/discovery/watcher.ts';
import { LabPi, LAN_NAMESPACE } from './support/lab.ts';
import { signedIn } from './support/signed-in.ts';

const run = promisify(execFile);
const CLI = join(import.meta.dirname, '../../out/main/cli.js');

/** Two Pis with real avahi and sshd, looked for from the lab's own network namespace by the built command line. */
describe('two Pis on one network', () => {
  let first: LabPi;
  let second: LabPi;
  let dataDir: string;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'pi-workbench-lab-discovery-'));
    first = await LabPi.up({
      name: 'find-one',
      ip: '10.77.0.61',
      mac: 'b8:27:eb:00:00:61',
      advertise: 'stock',
      avahiUtils: 'debian',
    });
    second = await LabPi.up({ name: 'find-two', ip: '10.77.0.62', mac: 'dc:a6:32:00:00:62', advertise: 'ssh' });
  });
  afterAll(async () => {
    await second?.down();
    await first?.down();
    await rm(dataDir, { recursive: true, force: true });
  });

  const command = (args: readonly string[]) => [
    process.execPath,
    CLI,
    'discover',
    '--json',
    ...args,
    '--networks',
    '10.77.0.0/24',
    '--data-dir',
    dataDir,
  ];

  async function discover(...args: readonly string[]): Promise<Pick<FoundList, 'devices' | 'search' | 'sources'>> {
    const { stdout, stderr } = await first.lanExec(command(args));
    if (stdout === '') throw new Error(stderr);
    return JSON.parse(stdout);
  }

  const setAvahi = (pi: LabPi, key: string, value: string) =>
    pi.shell(
      `grep -q '^#*${key}=' /etc/avahi/avahi-daemon.conf && sed -i 's/^#*${key}=.*/${key}=${value}/' /etc/avahi/avahi-daemon.conf && systemctl restart avahi-daemon`,
    );
  /** Gives avahi another host name, as `avahi-set-host-name` would. */
  const rename = (pi: LabPi, name: string) => setAvahi(pi, 'host-name', name);
  const move = (pi: LabPi, to: string) => pi.shell(`ip addr flush dev eth0 && ip addr add ${to}/24 brd + dev eth0`);

  const byMac = (devices: readonly FoundDevice[], mac: string) => devices.filter((device) => device.mac === mac);
  const addressesOf = (device: FoundDevice | undefined) => device?.addresses.map(({ address }) => address);
  const evidenceFor = (devices: readonly FoundDevice[], name: string) =>
    devices.find(({ names }) => names.includes(name))?.evidence.map(({ text }) => text);

  /** What the device's own avahi and its system resolver say. */
  async function askByMdns(target: SshTarget, typed: string, types: readonly RecordType[]) {
    const name = checkName(typed);
    if (!name.ok) throw new Error(name.message);
    const answers: LookupAnswer[] = [];
    const give = (answer: LookupAnswer) => void answers.push(answer);
    const only = { configured: false, servers: [], timeoutMs: 5000, signal: undefined };
    await new TargetAsker(target).ask({ name, types, system: true, mdns: true, ...only, give });
    const by = (kind: LookupAnswer['resolver']['kind']) => answers.find(({ resolver }) => resolver.kind === kind);
    return { mdns: by('mdns'), system: by('system') };
  }

  const linkLocalOf = async (pi: LabPi): Promise<string> =>
    /inet6 (fe80:[0-9a-f:]+)/.exec(await pi.shell('ip -6 addr show dev eth0 scope link'))?.[1] ?? '';

  it('are found by a search, with MAC, banner, host key and likelihood, in one row each', async () => {
    const { devices, search } = await discover('--wait', '2');
    expect(search).toMatchObject({ phase: 'done', warnings: [] });
    for (const pi of [first, second]) {
      const [row, ...more] = byMac(devices, pi.mac);
      expect(more).toEqual([]);
      expect(row).toMatchObject({ likelihood: 'likely', presence: 'here', ssh: { state: 'open' } });
      expect(row?.ssh?.banner).toMatch(/^SSH-2\.0-OpenSSH/);
      expect(row?.hostKey).toMatch(/^SHA256:/);
      expect(addressesOf(row)?.[0]).toBe(pi.ip);
    }
  });

  it('are signed in to by the link-local address with its zone, whose host key is kept; it stays one row', async () => {
    const home = join(dataDir, 'home');
    await mkdir(home);
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(home, 'key')]);
    const key = (await readFile(join(home, 'key.pub'), 'utf8')).trim();
    await first.shell(`install -d -o pi -g pi -m 700 /home/pi/.ssh; echo '${key}' > /home/pi/.ssh/authorized_keys`);
    const fingerprint = (await first.shell('ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub')).split(' ')[1] ?? '';
    const host = `${await linkLocalOf(first)}%eth0`;
    const cli = async (...args: readonly string[]) => {
      const own = ['--json', '--data-dir', join(home, 'data')];
      const { stdout, stderr } = await first.lanExec(['env', `HOME=${home}`, process.execPath, CLI, ...args, ...own]);
      return JSON.parse(stdout || stderr);
    };
    const met = ['network', `pi@${host}`, '--key', join(home, 'key')];

    // This computer's own link-local address may not be used before it is sure that nobody else has it (RFC 4862).
    await expect.poll(async () => (await cli(...met)).error?.hint).toContain(fingerprint);
    expect(await cli(...met, '--accept-host-key', fingerprint)).toMatchObject({
      interfaces: expect.arrayContaining([expect.objectContaining({ name: 'eth0', mac: first.mac })]),
    });
    expect(await readFile(join(home, 'data/known_hosts'), 'utf8')).toContain(`${host} ssh-ed25519 `);
    const { devices }: Pick<FoundList, 'devices'> = await cli('discover', '--no-search', '--wait', '3');
    const [row, ...more] = byMac(devices, first.mac);
    expect(more).toEqual([]);
    expect(row?.evidence.map(({ text }) => text)).toContain('In your list');
    expect(addressesOf(row)).toContain(host);
  });

  it('answer mDNS without a search: the one that announces SSH, and a stock one by the name that is asked for', async () => {
    const { devices } = await discover('--no-search', '--wait', '4', '--name', 'find-one');
    const names = devices.flatMap((device) => device.names);
    expect(names).toContain('find-two.local');
    expect(evidenceFor(devices, 'find-two.local')).toContain('Announces SSH');
  });

  it.concurrent(
    'ask each other by name: the first is told by its own avahi what the second has, or that nobody has it',
    async () => {
      const target = await signedIn(first);
      const linkLocal = await linkLocalOf(second);
      try {
        const [name, v4, v6, nobody] = await Promise.all([
          askByMdns(target, second.ip, []),
          askByMdns(target, 'find-two.local', ['A']),
          askByMdns(target, 'find-two.local', ['AAAA']),
          askByMdns(target, 'nobody-has-it.local', ['A']),
        ]);
        const mdns = { through: 'avahi-resolve', origin: { kind: 'device' } };
        expect(name.mdns).toMatchObject({
          ...mdns,
          outcome: 'found',
          records: [{ type: 'PTR', value: 'find-two.local' }],
        });
        expect(v4.mdns).toMatchObject({ ...mdns, outcome: 'found', records: [{ type: 'A', value: second.ip }] });
        expect(v6.mdns).toMatchObject({ ...mdns, outcome: 'found', records: [{ type: 'AAAA', value: linkLocal }] });
        expect(v4.system).toMatchObject({ outcome: 'found', records: [{ value: second.ip }] });
        expect(nobody.mdns).toMatchObject({
          ...mdns,
          outcome: 'timed-out',
          message: 'No device on the network answers to nobody-has-it.local.',
        });
        expect(nobody.system).toMatchObject({
          outcome: 'not-found',
          python: 'socket.gaierror: [Errno -2] Name or service not known',
        });
      } finally {
        await target.dispose();
      }
    },
  );

  it('that announce their files and disks, or no more than a workstation, instead of SSH are found by that', async () => {
    const group = (type: string): string =>
      `<service-group><name replace-wildcards="yes">%h</name><service><type>${type}</type><port>22</port></service></service-group>`;
    await second.shell(`cd /etc/avahi/services && rm ssh.service
echo '${group('_sftp-ssh._tcp')}' > sftp-ssh.service
echo '${group('_udisks-ssh._tcp')}' > udisks.service
systemctl restart avahi-daemon`);
    await setAvahi(first, 'publish-workstation', 'yes');
    const { devices } = await discover('--no-search', '--wait', '4');
    expect(evidenceFor(devices, 'find-two.local')).toEqual(
      expect.arrayContaining(['Announces SSH', 'Announces its disks']),
    );
    const workstation = evidenceFor(devices, 'find-one.local');
    expect(workstation).toContain('Announces a workstation');
    expect(workstation).not.toContain('Announces SSH');
  });

  it('that have one host name are two rows: avahi renames the second, the MAC tells them apart', async () => {
    await rename(first, 'raspberrypi');
    await rename(second, 'raspberrypi');
    const { devices } = await discover('--wait', '5');
    const rows = [first, second].map(({ mac }) => byMac(devices, mac)[0]);
    expect(rows.flatMap((row) => row?.names ?? []).toSorted()).toEqual(['raspberrypi-2.local', 'raspberrypi.local']);
    expect(rows.map((row) => addressesOf(row)?.[0])).toEqual([first.ip, second.ip]);
  });

  it('of which one changes its address: it stays one row by its MAC, the new address first', async () => {
    await move(second, '10.77.0.72');
    try {
      const { devices } = await discover('--wait', '2');
      const rows = byMac(devices, second.mac);
      expect(rows).toHaveLength(1);
      expect(addressesOf(rows[0])?.[0]).toBe('10.77.0.72');
    } finally {
      await move(second, second.ip);
    }
  });

  it('of which one is unplugged and one gets a name while it listens: the first is gone within 90 s, the other is there', async () => {
    const listening = discover('--no-search', '--wait', '100');
    await new Promise((resolve) => setTimeout(resolve, 4000));
    await second.impair(['unplug']);
    await rename(first, 'newcomer');
    const { devices } = await listening;
    await second.heal();
    expect(devices.flatMap((device) => device.names)).toContain('newcomer.local');
    // By its address: which of the two is called raspberrypi-2 is for avahi to say.
    const left = devices.filter((device) => addressesOf(device)?.includes(second.ip));
    expect(left.map(({ presence }) => presence)).toEqual(['gone']);
  });

  it('of which one has no avahi that runs: it could not ask, which is not that nobody answers', async () => {
    await first.shell('systemctl mask -q --runtime --now avahi-daemon.socket avahi-daemon');
    const target = await signedIn(first);
    try {
      const { mdns } = await askByMdns(target, 'find-two.local', ['A']);
      expect(mdns).toMatchObject({
        outcome: 'failed',
        message: 'mDNS (avahi) could not answer (avahi-resolve 1).',
      });
    } finally {
      await target.dispose();
    }
  });
});

/** A computer on the lab's network that looks for Pis while they come and go. */
describe('a Pi that comes and goes while it is looked for', () => {
  /** Silent addresses on the lab's cable: asking them takes the search a while. */
  const SILENT = '10.77.16.0/20';
  const PATIENTLY = { timeout: 90_000 };
  let first: LabPi;
  let watcher: Watcher;

  beforeAll(async () => {
    first = await LabPi.up({ name: 'stays', ip: '10.77.0.61', mac: 'b8:27:eb:00:00:61', advertise: 'stock' });
    await lan('ip', 'addr', 'add', '10.77.16.2/20', 'dev', 'eth0');
    await first.shell('ip addr flush dev eth0');
    watcher = await Watcher.start({
      networks: ['10.77.0.0/24', SILENT],
      within: ['ip', 'netns', 'exec', LAN_NAMESPACE],
    });
  });
  afterAll(async () => {
    await watcher?.stop();
    await lan('ip', 'addr', 'del', '10.77.16.2/20', 'dev', 'eth0');
    await first?.down();
  });

  async function lan(...argv: readonly string[]): Promise<void> {
    const { code, stderr } = await first.lanExec(argv);
    if (code !== 0) throw new Error(stderr);
  }

  const presenceOf = (name: string) => watcher.devices.find(({ names }) => names.includes(`${name}.local`))?.presence;

  /** Begins a search, and resolves when it has asked all that can answer. */
  async function searchPastTheAnswers(): Promise<void> {
    watcher.start({ networks: ['10.77.0.0/24', SILENT], large: true });
    await expect
      .poll(() => ({ phase: watcher.search?.phase, past: (watcher.search?.asked ?? 0) > 254 }), PATIENTLY)
      .toEqual({ phase: 'running', past: true });
  }

  it('appears by itself when it gets its address, although the search has passed it', async () => {
    await searchPastTheAnswers();
    expect(presenceOf('stays')).toBeUndefined();
    await first.shell(`ip addr add ${first.ip}/24 brd + dev eth0`);
    await expect
      .poll(() => ({ presence: presenceOf('stays'), search: watcher.search?.phase }), PATIENTLY)
      .toEqual({ presence: 'here', search: 'running' });
  });

  it('appears by itself when it boots, and is gone when it is switched off, also after a search found it', async () => {
    await searchPastTheAnswers();
    const second = await LabPi.up({ name: 'comes', ip: '10.77.0.62', mac: 'dc:a6:32:00:00:62', advertise: 'stock' });
    try {
      await expect.poll(() => presenceOf('comes'), PATIENTLY).toBe('here');
      watcher.start({ networks: ['10.77.0.0/24'] });
      await expect
        .poll(() => watcher.devices.find(({ mac }) => mac === second.mac)?.sources, PATIENTLY)
        .toContain('sweep');
    } finally {
      await second.down();
    }
    await expect.poll(() => presenceOf('comes'), PATIENTLY).toBe('gone');
    expect(presenceOf('stays')).toBe('here');
  });
});
