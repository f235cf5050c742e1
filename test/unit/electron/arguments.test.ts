import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readWindowFlags } from '../../../src-main/app/electron/arguments.ts';

const nothing = { dataDir: null, networks: null, help: false, version: false };

describe('the flags of the window', () => {
  test.each([
    ['none', ['/opt/Pi Workbench/pi-workbench'], nothing],
    ['the app’s folder, as Electron is started from a project', ['electron', '/home/me/pi-workbench'], nothing],
    ['Chromium’s own', ['electron', '.', '--ozone-platform=x11', '--enable-features=A,B'], nothing],
    ['Wayland', ['electron', '.', '--ozone-platform=wayland'], nothing],
    ['macOS’s', ['pi-workbench', '-psn_0_12345'], nothing],
    ['a file dropped on the icon', ['pi-workbench', 'C:\\notes.txt'], nothing],
    ['a folder', ['pi-workbench', '--data-dir', 'kept'], { ...nothing, dataDir: resolve('kept') }],
    [
      'a folder among others',
      ['e', '.', '--ozone-platform=x11', '--data-dir=kept', '--inspect'],
      { ...nothing, dataDir: resolve('kept') },
    ],
    ['networks', ['e', '.', '--networks', '10.0.0.0/8,fd00::/8'], { ...nothing, networks: ['10.0.0.0/8', 'fd00::/8'] }],
    ['help', ['e', '--help'], { ...nothing, help: true }],
    ['-h', ['e', '-h'], { ...nothing, help: true }],
    ['version', ['e', '.', '--version'], { ...nothing, version: true }],
  ])('%s', (_name, argv, expected) => {
    expect(readWindowFlags(argv)).toEqual(expected);
  });

  test.each([
    [['e', '--data-dir'], '--data-dir needs a value.'],
    [['e', '--data-dir='], '--data-dir needs a folder.'],
    [['e', '--help=yes'], '--help takes no value.'],
    [['e', '--networks', 'home'], '“home” is not a network'],
  ])('%j is refused in words', (argv, words) => {
    expect(() => readWindowFlags(argv)).toThrow(words);
    expect(() => readWindowFlags(argv)).toThrow(expect.objectContaining({ code: 'BAD_FLAG' }));
  });
});
