import { posix, win32 } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { checkRemotePath, remoteFolder, remotePath } from '../../../src-main/target/posix-path.ts';

afterEach(() => void vi.doUnmock('node:path'));

test('a folder under ~ is one of the home folder, joined with slashes', () => {
  expect(remotePath('/home/ana', '~/led-agent', 'lib', 'main.js')).toBe('/home/ana/led-agent/lib/main.js');
  expect(remotePath('/home/ana', '~')).toBe('/home/ana');
  expect(remotePath('/home/ana', '/opt/x', '../y')).toBe('/opt/y');
  expect(remoteFolder('/home/ana/led-agent/main.js')).toBe('/home/ana/led-agent');
});

test('the same on a computer whose own separator is a backslash', async () => {
  vi.resetModules();
  vi.doMock('node:path', () => ({ ...win32, posix, win32, default: win32 }));
  const onWindows = await import('../../../src-main/target/posix-path.ts');
  expect(onWindows.remotePath('/home/ana', '~/led-agent', 'lib', 'main.js')).toBe('/home/ana/led-agent/lib/main.js');
});

test.each(['relative', 'C:\\Users\\ana', '/home/ana\\x', '/home/ana/~/x', '/home/a\nb', '/a\0b', ''])(
  '%j is refused as a path on the device',
  (path) => {
    expect(() => checkRemotePath(path)).toThrow(expect.objectContaining({ code: 'BAD_PATH' }));
  },
);
