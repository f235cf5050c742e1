import { expect, test } from 'vitest';
import { licencesText } from '../../../scripts/third-party-licences.mjs';

test('each package is named once with its version and its licence, by name', () => {
  const a = { name: 'a', version: '1.0.0', identifier: 'MIT', text: 'Copyright A\r\n\r\nAs is.\n' };
  const text = licencesText([{ name: 'b', version: '2.0.0', text: 'Copyright B' }, a, a]);
  const line = '='.repeat(80);
  expect(text.slice(text.indexOf(line))).toBe(
    `${line}\na 1.0.0 (MIT)\n${line}\n\nCopyright A\n\nAs is.\n\n${line}\nb 2.0.0\n${line}\n\nCopyright B\n`,
  );
});

test('a package that brings no text has one kept for it', () => {
  expect(licencesText([{ name: 'shell-escape', version: '0.2.0', identifier: 'MIT' }])).toContain('Dave Eddy');
});

test('a package without any text fails the build, which says where one belongs', () => {
  expect(() => licencesText([{ name: 'nameless', version: '1.0.0', identifier: 'MIT' }])).toThrow(
    'nameless brings no licence text. Put it into build/licences/nameless.txt.',
  );
});
