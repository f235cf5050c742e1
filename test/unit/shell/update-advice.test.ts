import { expect, test } from 'vitest';
import { updateAdvice } from '../../../src-main/app/start/update-advice.ts';

test.each([
  ['from its sources', { platform: 'linux', packaged: false, appImage: undefined }, 'npm start'],
  [
    'an AppImage in a folder of root',
    { platform: 'linux', packaged: true, appImage: '/opt/PiWorkbench.AppImage' },
    '/opt/PiWorkbench.AppImage',
  ],
  ['a deb', { platform: 'linux', packaged: true, appImage: undefined }, 'sudo apt install'],
  ['a dmg', { platform: 'darwin', packaged: true, appImage: undefined }, '.dmg'],
  ['an installer', { platform: 'win32', packaged: true, appImage: undefined }, 'installer'],
] as const)('%s is told how to be updated', (_name, facts, words) => {
  expect(updateAdvice(facts)).toContain(words);
});
