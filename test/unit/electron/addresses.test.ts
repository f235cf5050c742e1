import { describe, expect, test } from 'vitest';
import { externalAddress } from '../../../src-main/app/electron/external-address.ts';
import { pagePath } from '../../../src-main/app/electron/page-address.ts';
import { contentPolicy } from '../../../src-main/app/start/content-policy.ts';

describe('an address a link may open in the browser', () => {
  test.each([
    ['https://example.org/a?b#c', 'https://example.org/a?b#c'],
    ['https://bücher.example/', 'https://xn--bcher-kva.example/'],
    ['HTTPS://EXAMPLE.ORG', 'https://example.org/'],
  ])('%s', (link, address) => expect(externalAddress(link)).toBe(address));

  test.each([
    'http://example.org/',
    'smb://x',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'ms-msdt:/id',
    'data:text/html,x',
    'app://workbench/',
    'https://example.org@evil.example/',
    'https://me:secret@example.org/',
    `https://example.org/${'a'.repeat(2000)}`,
    'not an address',
    '',
  ])('not %.60s', (link) => expect(externalAddress(link)).toBeNull());
});

describe('the page’s own address', () => {
  test.each([
    ['app://workbench/', '/'],
    ['app://workbench/#/device/practice/led', '/'],
    ['app://workbench/assets/index.js?v=1', '/assets/index.js'],
    ['app://workbench/../../etc/passwd', '/etc/passwd'],
  ])('%s', (address, path) => expect(pagePath(address)).toBe(path));

  test.each([
    'app://other/',
    'app://workbench.evil.example/',
    'app://workbench:80/',
    'app://user@workbench/',
    'https://workbench/',
    'about:blank',
    'about:srcdoc',
    'file:///index.html',
    'nonsense',
  ])('not %s', (address) => expect(pagePath(address)).toBeNull());
});

test('the page may run only its own scripts and, where it has a port, connect to nothing', () => {
  expect(contentPolicy([]).split('; ').sort()).toEqual([
    "base-uri 'none'",
    "connect-src 'none'",
    "default-src 'none'",
    "font-src 'self'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "img-src 'self' data: blob:",
    "script-src 'self'",
    "style-src 'self'",
  ]);
});
