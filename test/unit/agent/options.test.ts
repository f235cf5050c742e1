import { describe, expect, test } from 'vitest';
import { HELP, UsageError, parseCommandLine } from '../../../pi-agent/src/options.ts';
import { inodesOfPort } from '../../../pi-agent/src/port-owner.ts';
import { sameToken } from '../../../pi-agent/src/token.ts';

describe('the command line', () => {
  test('without options is what the course wires: GPIO27, ports 1234 and 1235, the own networks', () => {
    expect(parseCommandLine([])).toMatchObject({
      port: 1234,
      echoPort: 1235,
      host: '::',
      pin: { bcm: 27, header: 13 },
      driver: 'auto',
      access: 'local',
      tokenFile: null,
      keepLevelOnExit: false,
      idleSeconds: 600,
      sysfsRoot: '/sys',
    });
  });

  test('takes every option', () => {
    const line = `--port 0 --echo-port 7 --pin GPIO17 --driver gpiod --access token --token-file /t --host 10.0.0.1
      --idle-timeout 0 --keep-level-on-exit --sysfs-root /tmp/sys`.split(/\s+/);
    expect(parseCommandLine(line)).toMatchObject({
      port: 0,
      echoPort: 7,
      host: '10.0.0.1',
      pin: { bcm: 17, header: 11 },
      driver: 'gpiod',
      access: 'token',
      tokenFile: '/t',
      keepLevelOnExit: true,
      idleSeconds: 0,
      sysfsRoot: '/tmp/sys',
    });
  });

  test('listens on loopback for ssh-only', () => {
    expect(parseCommandLine(['--access', 'ssh-only'])).toMatchObject({ host: '127.0.0.1' });
  });

  test.each([
    [['--help'], 'help'],
    [['-h', '--port', 'x'], 'help'],
    [['--version'], 'version'],
  ])('%j', (line, right) => {
    expect(parseCommandLine(line)).toBe(right);
  });

  test.each([
    [['--port', '65536'], '--port takes a whole number from 0 to 65535, not "65536"'],
    [['--port', 'x'], '--port takes a whole number from 0 to 65535, not "x"'],
    [['--echo-port', ''], '--echo-port takes a whole number from 0 to 65535, not ""'],
    [
      ['--pin', 'pin 6'],
      "--pin: Header pin 6 is ground (GND): the LED's other end goes there, but it cannot be switched.",
    ],
    [['--pin', '40'], '--pin: GPIO40 is not on the header. The header carries GPIO0 to GPIO27.'],
    [['--driver', 'wiringpi'], '--driver takes auto, onoff, gpiod, pinctrl, simulated, not "wiringpi"'],
    [['--access', 'all'], '--access takes ssh-only, local, token, anyone, not "all"'],
    [['--access', 'token'], '--access token needs --token-file FILE'],
    [['--colour', 'red'], /--colour/],
    [['extra'], /extra/],
  ])('refuses %j', (line, message) => {
    expect(() => parseCommandLine(line)).toThrow(UsageError);
    expect(() => parseCommandLine(line)).toThrow(message);
  });

  test('is explained by --help, each option', () => {
    const options = [
      'port',
      'echo-port',
      'pin',
      'driver',
      'access',
      'token-file',
      'host',
      'idle-timeout',
      'keep-level-on-exit',
      'sysfs-root',
      'help',
      'version',
    ];
    expect(options.filter((option) => !HELP.includes(`--${option} `))).toEqual([]);
  });
});

describe('the owner of a port', () => {
  test('is found by the inode of its listening socket', () => {
    const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:04D2 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0 100 0 0 10 0
   1: 0100007F:04D2 0100007F:D431 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 0 100 0 0 10 0
   2: 0100007F:14D2 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4713 1 0 100 0 0 10 0`;
    expect([inodesOfPort(table, 1234), inodesOfPort(table, 0x14d2), inodesOfPort('', 1234)]).toEqual([
      ['4711'],
      ['4713'],
      [],
    ]);
  });
});

describe('a token', () => {
  test.each([
    ['secret', 'secret', true],
    ['secret', 'Secret', false],
    ['', 'secret', false],
    ['secret ', 'secret', false],
    ['sécret', 'secret', false],
  ])('%j for %j is right: %j', (given, wanted, right) => {
    expect(sameToken(given, wanted)).toBe(right);
  });
});
