import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { assertPlain, bundleAgent } from '../../../pi-agent/build.mjs';

describe('the bundle', () => {
  test('is the same file whenever it is built', async () => {
    expect(await bundleAgent()).toBe(await bundleAgent());
  });

  test('requires nothing but what Node brings (onoff#101, onoff#202)', async () => {
    const { builtinModules } = await import('node:module');
    const required = [...(await bundleAgent()).matchAll(/\brequire\("([^"]+)"\)/g)].map((match) => match[1] ?? '');
    expect({
      required: required.length > 0,
      foreign: required.filter((name) => !builtinModules.includes(name.replace(/^node:/, ''))),
    }).toEqual({ required: true, foreign: [] });
  });

  test('names the licences of what is in it', async () => {
    const text = await bundleAgent();
    expect(
      ['onoff:\n(The MIT License)', 'lodash.debounce:\n', 'jQuery Foundation'].filter((part) => !text.includes(part)),
    ).toEqual([]);
  });

  test('fails to build with a carriage return or an add-on in it (diy-layout-creator#690)', () => {
    expect(() => assertPlain('one\r\ntwo')).toThrow('carriage return');
    expect(() => assertPlain('require("./build/epoll.node")')).toThrow('native add-on');
    expect(() => assertPlain('one\ntwo\n')).not.toThrow();
  });

  test('is made of sources that Git keeps with LF, even where it is told to write CRLF', async () => {
    const files = execFileSync('git', ['ls-files', 'pi-agent'], { encoding: 'utf8' }).trim().split('\n');
    const attributes = execFileSync('git', ['check-attr', 'eol', '--', ...files], { encoding: 'utf8' })
      .trim()
      .split('\n');
    expect(attributes.filter((line) => !line.endsWith('eol: lf'))).toEqual([]);
  });
});
