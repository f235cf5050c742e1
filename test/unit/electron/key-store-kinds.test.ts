import { expect, test } from 'vitest';
import { judgeKeyStore } from '../../../src-main/app/electron/key-store-kinds.ts';

test.each([
  ['linux', 'gnome_libsecret', true, "the desktop's keyring"],
  ['linux', 'kwallet', true, 'KWallet'],
  ['linux', 'kwallet5', true, 'KWallet'],
  ['linux', 'kwallet6', true, 'KWallet'],
  ['linux', 'basic_text', false, 'not saved'],
  ['linux', 'unknown', false, 'not saved'],
  ['linux', 'toString', false, 'not saved'],
  ['linux', 'something_new', false, 'not saved'],
  ['linux', null, false, 'not saved'],
  ['darwin', null, true, 'keychain'],
  ['win32', null, true, 'Windows account'],
] as const)('%s with %s: encrypted is %s', (platform, backend, encrypted, words) => {
  const verdict = judgeKeyStore(platform, backend);
  expect(verdict.encrypted).toBe(encrypted);
  expect(verdict.reason).toContain(words);
});
