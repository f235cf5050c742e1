import { once } from 'node:events';
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DoctorReport, StepId } from '../../src-main/doctor/index.ts';
import { stepIn } from '../integration/doctor/step-in.ts';
import { buildProgram, type Program } from '../integration/support/program.ts';
import { LabPi, LAN_NAMESPACE } from './support/lab.ts';

const run = promisify(execFile);
const CLI = join(import.meta.dirname, '../../out/main/cli.js');
const UNIT = 'pi-workbench-led.service';
/** An address of the computer that is in none of the Pi's networks. */
const ELSEWHERE = '10.99.0.2';

/** The built command line, on another machine of the Pi's network, against real sshd, systemd, agent and pin. */
describe('the doctor of a Pi', () => {
  let pi: LabPi;
  let folder: string;
  let dnsServer: Program;
  let stopDns: () => Promise<void>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pi-workbench-lab-doctor-'));
    pi = await LabPi.up({ name: 'lab-doctor', ip: '10.77.0.44', mac: 'b8:27:eb:00:00:44', node: 'debian' });
    for (const name of ['right', 'wrong']) {
      await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)]);
    }
    const key = (await readFile(join(folder, 'right.pub'), 'utf8')).trim();
    await pi.shell(`install -d -o pi -g pi -m 700 /home/pi/.ssh; echo '${key}' > /home/pi/.ssh/authorized_keys`);
    dnsServer = await buildProgram(join(import.meta.dirname, '../integration/support/dns-server.ts'));
    stopDns = await answerDns();
    await writeFile(join(folder, 'resolv.conf'), 'nameserver 10.77.0.2\n');
    await pi.shell('echo nameserver 10.77.0.2 > /etc/resolv.conf');
  });
  afterAll(async () => {
    await stopDns?.();
    await dnsServer?.dispose();
    await pi?.down();
    await rm(folder, { recursive: true, force: true });
  });

  async function answerDns(): Promise<() => Promise<void>> {
    const server = spawn('ip', ['netns', 'exec', LAN_NAMESPACE, process.execPath, dnsServer.file, '10.77.0.2'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(server, 'exit');
    await Promise.race([once(server.stdout, 'data'), ended]);
    return async () => {
      server.kill();
      await ended;
    };
  }

  async function cli(args: readonly string[]): Promise<string> {
    const fingerprint = (await pi.shell('ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub')).split(' ')[1] ?? '';
    const argv = ['env', `HOME=${folder}`, process.execPath, CLI, ...args, '--json'];
    const always = ['--accept-host-key', fingerprint, '--data-dir', join(folder, 'data'), '--networks', '10.77.0.0/24'];
    const withDns = `mount --bind '${join(folder, 'resolv.conf')}' /etc/resolv.conf && exec "$@"`;
    const within = ['unshare', '-m', '--propagation', 'private', 'sh', '-c', withDns, 'sh'];
    const { stdout, stderr } = await pi.lanExec([...within, ...argv, ...always]);
    if (stdout === '') throw new Error(stderr);
    return stdout;
  }

  async function examine({ user = 'pi', host = pi.ip, key = 'right', switchLed = false } = {}) {
    const device = `${user}@${host}`;
    const more = switchLed ? ['--switch-led'] : [];
    const report = JSON.parse(await cli(['doctor', device, '--key', join(folder, key), ...more])) as DoctorReport;
    return { report, step: (id: StepId) => stepIn(report, id) };
  }

  const deploy = (...args: readonly string[]) =>
    cli(['deploy', `pi@${pi.ip}`, '--key', join(folder, 'right'), ...args]);

  it('a key that it does not know: the sign-in is the broken link', async () => {
    const { report, step } = await examine({ key: 'wrong' });
    expect(report.broken).toBe('sign-in');
    expect(step('host-key').state).toBe('good');
    expect(step('sign-in')).toMatchObject({
      text: `pi@${pi.ip} does not know this key.`,
      action: { kind: 'sign-in' },
      evidence: ['WRONG_CREDENTIALS'],
    });
    expect(step('sign-in').advice).toContain('Sign in with the password once');
    expect(step('link').state).toBe('skipped');
  });

  it('a user that it does not have: so is it', async () => {
    const { report, step } = await examine({ user: 'maria' });
    expect(report.broken).toBe('sign-in');
    expect(step('sign-in').text).toBe(`maria@${pi.ip} does not know this key.`);
  });

  it('a name of which only the Pi itself knows the address: it is signed in to all the same', async () => {
    const { step } = await examine({ host: 'lab-doctor.local' });
    expect(step('name').text).toMatch(/^lab-doctor\.local is 10\.77\.0\.44, fe80:\S+%eth0: the device itself answered/);
    expect(step('sign-in').state).toBe('good');
  });

  it('no agent on it: deploy it', async () => {
    const { report, step } = await examine();
    expect(report.broken).toBe('agent-installed');
    expect(step('dns').text).toBe('Names are answered: raspberrypi.com is 192.0.2.7.');
    expect(step('agent-installed').action).toMatchObject({ tab: 'agent', label: 'Deploy the agent' });
  });

  it('an agent that works: every link holds up to the real pin, and the LED is as before', async () => {
    await deploy('--access', 'local');
    const { report, step } = await examine({ switchLed: true });
    expect(report.steps.filter(({ state }) => state === 'bad')).toEqual([]);
    expect(step('agent-access').text).toBe('It lets this computer in (from the device’s own subnets).');
    expect(step('agent-pin')).toMatchObject({ state: 'good', evidence: ['OFF → ON → OFF'] });
    expect(await pi.led(27)).toBe(0);
    expect((await pi.gpioLog()).map((line) => line.split(' ').slice(1).join(' '))).toContain('bcm27 1');
  });

  it('a computer outside of its subnets: the agent refuses it, and is reached by the tunnel', async () => {
    await pi.lanExec(['ip', 'addr', 'add', `${ELSEWHERE}/32`, 'dev', 'eth0']);
    await pi.lanExec(['ip', 'route', 'add', `${pi.ip}/32`, 'dev', 'eth0', 'src', ELSEWHERE]);
    await pi.shell(`ip route add ${ELSEWHERE}/32 dev eth0`);
    try {
      const { step } = await examine();
      expect(step('agent-access')).toMatchObject({
        state: 'warning',
        text: 'It lets nobody in from this computer’s address, but answers through the SSH connection.',
        action: { kind: 'open', tab: 'agent' },
      });
      expect(step('agent-access').evidence.join()).toContain('AGENT_REFUSED');
      expect(step('agent-access').advice).toContain('Deploy it again with another access mode');
    } finally {
      await pi.shell(`ip route del ${ELSEWHERE}/32 dev eth0`);
      await pi.lanExec(['ip', 'route', 'del', `${pi.ip}/32`, 'dev', 'eth0']);
      await pi.lanExec(['ip', 'addr', 'del', `${ELSEWHERE}/32`, 'dev', 'eth0']);
    }
  });

  it.each([
    ['shorted to ground', 'ground'],
    ['shorted to 3.3 V', '3v3'],
  ] as const)('a pin that is %s: its level does not follow', async (_, fault) => {
    await pi.fault(27, fault);
    try {
      const { report, step } = await examine({ switchLed: true });
      expect(report.broken).toBe('agent-pin');
      expect(step('agent-pin')).toMatchObject({ action: { kind: 'open', tab: 'led' } });
      expect(step('agent-pin').text).toContain('header pin 13 (GPIO27) does not follow');
      expect(step('agent-pin').advice).toContain('a short');
    } finally {
      await pi.fault(27, 'none');
    }
  });

  it('a pin that a driver of the kernel holds (EBUSY): the pin is named', async () => {
    await pi.shell(`systemctl stop ${UNIT}`);
    await pi.fault(27, 'busy');
    await pi.shell(`systemctl start ${UNIT}`);
    try {
      const { report, step } = await examine({ switchLed: true });
      expect(report.broken).toBe('agent-pin');
      expect(step('agent-pin').text).toContain('GPIO27');
      expect(step('agent-pin').action).toMatchObject({ kind: 'open', tab: 'led' });
    } finally {
      await pi.fault(27, 'none');
      await pi.shell(`systemctl restart ${UNIT}`);
    }
  });

  it('a service that was stopped: start it', async () => {
    await pi.shell(`systemctl stop ${UNIT}`);
    const { report, step } = await examine();
    expect(report.broken).toBe('agent-running');
    expect(step('agent-running')).toMatchObject({ action: { kind: 'open', tab: 'agent' } });
    expect(step('agent-running').text).toContain('stopped');
  });

  it('a service that cannot start, for another program has its port: its log says so', async () => {
    await pi.shell('systemd-run --unit=thief python3 -m http.server 1234');
    await pi.shell('until ss -ltn | grep -q :1234; do sleep 0.1; done');
    await pi.exec(['systemctl', 'start', UNIT]);
    try {
      // systemd starts it again and again, so that it also runs for a moment.
      const seen = async () => {
        const { report, step } = await examine();
        return `${report.broken}: ${step('agent-running').evidence.join(' ')}`;
      };
      await expect.poll(seen, { timeout: 60_000 }).toMatch(/^agent-running: .*1234/);
    } finally {
      await pi.shell(`systemctl stop thief; systemctl reset-failed ${UNIT}; systemctl restart ${UNIT}`);
    }
  });

  it('another token than the agent was started with', async () => {
    await deploy('--access', 'token');
    await pi.shell('for file in $(find / -xdev -name token -path "*pi-workbench*"); do echo another > "$file"; done');
    const { report, step } = await examine();
    expect(report.broken).toBe('agent-access');
    expect(step('agent-access').text).toBe('It asks for a token that this computer does not have.');
    expect(step('agent-access').action).toMatchObject({ kind: 'open', tab: 'agent' });
  });

  it('a clock that is days behind, and too little power: what its own programs answer', async () => {
    // The kernel's clock is this machine's, and there is no firmware: these two are answered by programs in their place.
    await pi.shell(`cd /usr/local/bin
printf '#!/bin/sh\\nexec /bin/date -d "-5 days" "$@"\\n' > date
printf '#!/bin/sh\\necho throttled=0x50005\\n' > vcgencmd
chmod 755 date vcgencmd`);
    const { report, step } = await examine();
    await pi.shell('rm /usr/local/bin/date /usr/local/bin/vcgencmd');
    expect(report.broken).toBe('clock');
    expect(step('clock')).toMatchObject({
      text: 'Its clock is 5 days behind this computer’s.',
      action: { command: 'sudo timedatectl set-ntp true' },
    });
    expect(step('power')).toMatchObject({ state: 'bad', evidence: ['throttled=0x50005'] });
    expect(step('power').advice).toContain('power supply');
  });

  it('a card that was written anew: the host key is the broken link', async () => {
    await pi.shell('rm /etc/ssh/ssh_host_*; ssh-keygen -A; systemctl restart ssh');
    const { report, step } = await examine();
    expect(report.broken).toBe('host-key');
    expect(step('host-key').advice).toContain('Was its SD card written anew?');
  });

  it('SSH switched off: refused', async () => {
    await pi.shell('systemctl stop ssh.socket ssh');
    const { report, step } = await examine();
    expect(report.broken).toBe('tcp');
    expect(step('neighbour').text).toContain(`${pi.mac}, a Raspberry Pi’s`);
    expect(step('tcp').action).toMatchObject({ command: 'sudo systemctl enable --now ssh' });
  });
});
