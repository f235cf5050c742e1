import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LabPi } from './support/lab.ts';

describe('the container Pi', () => {
  let pi: LabPi;
  beforeAll(async () => {
    pi = await LabPi.up({ name: 'lab-check', ip: '10.77.0.31', mac: 'b8:27:eb:00:00:31' });
  });
  afterAll(() => pi.down());

  it('boots systemd without a failed unit, with sshd and avahi', async () => {
    expect(await pi.shell('systemctl --failed --no-legend')).toBe('');
    expect(await pi.shell('systemctl is-active ssh avahi-daemon')).toBe('active\nactive\n');
  });

  it('drives a pin through sysfs, seen from outside', async () => {
    await pi.shell('cd /sys/class/gpio && echo 539 > export && echo high > gpio539/direction');
    expect(await pi.led(27)).toBe(1);
    await pi.shell('cd /sys/class/gpio && echo 0 > gpio539/value && echo 539 > unexport');
    expect(await pi.led(27)).toBe(0);
  });

  it('has an activity LED that is root’s, seen from outside', async () => {
    const act = '/sys/class/leds/ACT';
    expect(await pi.shell(`stat -c '%U:%G %a' ${act}/trigger; cat ${act}/trigger`)).toMatch(
      /^root:root 644\nnone .*\[mmc0\]\n$/,
    );
    await pi.shell(`chgrp gpio ${act}/trigger && echo none >${act}/trigger && echo 1 >${act}/brightness`);
    expect((await pi.exec(['sh', '-c', `echo sdc >${act}/trigger`])).code).not.toBe(0);
    expect(await pi.activityLedLog()).toEqual(['trigger none', 'brightness 1']);
  });

  it('comes without Node, as Raspberry Pi OS does', async () => {
    expect((await pi.exec(['sh', '-c', 'command -v node nodejs'])).stdout).toBe('');
  });

  it('keeps its files over a reboot that ends what runs, and nothing of sysfs', async () => {
    await pi.shell('echo kept > /home/pi/note; mkfifo /run/running');
    const running = pi.exec(['sh', '-c', 'exec 3<>/run/running; echo >/run/running; exec sleep infinity']);
    await pi.shell('read line < /run/running');
    await pi.reboot();
    expect((await running).code).not.toBe(0);
    expect(await pi.shell('cat /home/pi/note')).toBe('kept\n');
    expect(await pi.shell('stat -c %G /sys/class/leds/ACT/trigger')).toBe('root\n');
  });
});

describe.each([
  ['trixie', { os: 'trixie' as const }, 'grep VERSION_CODENAME /etc/os-release', 'VERSION_CODENAME=trixie\n'],
  [
    'a 32-bit userland',
    { userland: 'armhf' as const },
    'uname -m; dpkg --print-architecture; getconf LONG_BIT',
    'aarch64\narmhf\n32\n',
  ],
  [
    'sudo with a password',
    { sudo: 'password' as const },
    'su pi -c "sudo -n true" 2>&1; true',
    'sudo: a password is required\n',
  ],
  ['Node from Debian', { node: 'debian' as const }, 'node -v | cut -d. -f1', 'v18\n'],
  [
    'Dropbear without SFTP',
    { sshd: 'dropbear' as const },
    'systemctl is-active dropbear-lab; ls /usr/lib/sftp-server /usr/lib/openssh/sftp-server 2>/dev/null; true',
    'active\n',
  ],
])('a container Pi with %s', (_name, options, line, answer) => {
  it('is what was asked for', async () => {
    const pi = await LabPi.up({ name: 'lab-check', ip: '10.77.0.31', mac: 'b8:27:eb:00:00:31', ...options });
    try {
      expect(await pi.shell(line)).toBe(answer);
    } finally {
      await pi.down();
    }
  });
});
