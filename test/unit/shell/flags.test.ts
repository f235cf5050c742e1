import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readBrowserFlags } from '../../../src-main/app/browser/arguments.ts';
import { usualDataDir } from '../../../src-main/app/start/data-dir.ts';

const nothing = { dataDir: null, networks: null, open: true, port: 0, help: false, version: false };

describe('the flags of the browser shell', () => {
  it.each([
    [[], nothing],
    [['--browser', '--no-open'], { ...nothing, open: false }],
    [['--port', '8080'], { ...nothing, port: 8080 }],
    [['--port=0'], nothing],
    [['--data-dir', 'somewhere'], { ...nothing, dataDir: resolve('somewhere') }],
    [['--networks', '10.0.0.0/24, fd00::/64'], { ...nothing, networks: ['10.0.0.0/24', 'fd00::/64'] }],
    [['--networks', ''], { ...nothing, networks: [] }],
    [['-h'], { ...nothing, help: true }],
    [['--version'], { ...nothing, version: true }],
  ])('reads %j', (argv, flags) => {
    expect(readBrowserFlags(argv)).toEqual(flags);
  });

  it.each([
    [['--port', '65536'], /not a port from 0 to 65535/],
    [['--port', '80a'], /“80a” is not a port/],
    [['--port', ''], /not a port/],
    [['--networks', '10.0.0.0'], /“10\.0\.0\.0” is not a network such as/],
    [['--networks', '10.0.0.0/33'], /not a network/],
    [['--data-dir', ''], /needs a folder/],
    [['--nonsense'], /--nonsense/],
    [['stray'], /stray/],
  ])('refuses %j in words', (argv, message) => {
    const read = (): unknown => readBrowserFlags(argv);
    expect(read).toThrow(message);
    expect(read).toThrow(
      expect.objectContaining({ code: 'BAD_FLAG', hint: expect.stringContaining('--help') as string }),
    );
  });
});

describe("where the app's files are kept", () => {
  it.each([
    ['linux', {}, '/home/pi', '/home/pi/.config/pi-workbench'],
    ['linux', { XDG_CONFIG_HOME: '/cfg' }, '/home/pi', '/cfg/pi-workbench'],
    ['linux', { XDG_CONFIG_HOME: 'relative' }, '/home/pi', '/home/pi/.config/pi-workbench'],
    ['darwin', {}, '/Users/pi', '/Users/pi/Library/Application Support/pi-workbench'],
    [
      'win32',
      { APPDATA: 'C:\\Users\\pi\\AppData\\Roaming' },
      'C:\\Users\\pi',
      'C:\\Users\\pi\\AppData\\Roaming\\pi-workbench',
    ],
    ['win32', {}, 'C:\\Users\\pi', 'C:\\Users\\pi\\AppData\\Roaming\\pi-workbench'],
  ] as const)('on %s with %j in %s', (platform, env, homeDir, expected) => {
    expect(usualDataDir({ platform, env, homeDir })).toBe(expected);
  });
});
