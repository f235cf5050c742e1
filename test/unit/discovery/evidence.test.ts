import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, test } from 'vitest';
import { bannerIn, readBanner } from '../../../src-main/discovery/banner.ts';
import { evidenceOf, likelihoodOf, scoreOf } from '../../../src-main/discovery/evidence.ts';
import type { Sighting } from '../../../src-main/discovery/model.ts';
import { readAgent } from '../../../src-main/discovery/sweep/probe.ts';
import { parseNeighbours } from '../../../src-main/network/index.ts';
import { neighbourSightings } from '../../../src-main/discovery/sources/neighbours.ts';
import { sighting, ssh } from './sighting.ts';

const judge = (...sightings: readonly Sighting[]) => likelihoodOf(scoreOf(evidenceOf(sightings)));
const texts = (...sightings: readonly Sighting[]) => evidenceOf(sightings).map(({ text }) => text);

describe('the maker’s prefix of a MAC', () => {
  /** Hexadecimal digits and who has them, from the IEEE's MA-L, MA-M and MA-S lists. */
  const registered = JSON.parse(readFileSync(createRequire(import.meta.url).resolve('oui-data'), 'utf8')) as object;
  const prefixes = Object.entries(registered)
    .filter(([, owner]) => /^Raspberry Pi\b/i.test(String(owner)))
    .map(([digits]) => digits);

  test('is known from the IEEE’s lists', () => {
    expect(prefixes).toEqual(
      expect.arrayContaining(['B827EB', 'DCA632', 'E45F01', '28CDC1', 'D83ADD', '2CCF67', '88A29E']),
    );
  });

  const written = (digits: string) => {
    const colons = (digits.padEnd(12, '123456').match(/../g) ?? []).join(':');
    return [colons.toLowerCase(), colons, colons.replaceAll(':', '-')];
  };
  test.each([...prefixes, '3A3541'].flatMap(written))('%s is a likely Pi', (mac) => {
    const line = mac.includes('-')
      ? `  192.168.1.44   ${mac}   dynamic`
      : `192.168.1.44 dev eth0 lladdr ${mac} REACHABLE`;
    const seen = neighbourSightings(parseNeighbours(line), 1000);
    expect(seen).toHaveLength(1);
    expect(judge(...seen)).toBe('likely');
    expect(texts(...seen)).toEqual(['Raspberry Pi Ltd MAC']);
  });

  test('a block that several makers share tells nothing of the others', () => {
    const seen = sighting({ source: 'neighbours', mac: '8c:1f:64:34:b1:23' });
    expect(texts(seen)).toEqual(['Neighbour']);
  });

  test('a MAC that software made up tells nothing, even where it looks like Raspberry Pi’s', () => {
    const seen = sighting({ source: 'neighbours', mac: 'ba:27:eb:12:34:56' });
    expect(texts(seen)).toEqual(['Private MAC']);
    expect(judge(seen)).toBe('unknown');
  });
});

describe('a machine whose MAC has another maker', () => {
  const dongle = sighting({ source: 'neighbours', mac: '00:0f:55:aa:bb:cc' });
  test.each([
    [
      'SSH that says Raspbian',
      sighting({ source: 'sweep', ssh: ssh(null, 'SSH-2.0-OpenSSH_8.4p1 Raspbian-5+deb11u3') }),
      'likely',
    ],
    ['SSH that says Debian', sighting({ source: 'sweep', ssh: ssh(null) }), 'possible'],
    ['the name raspberrypi.local', sighting({ source: 'mdns', names: ['raspberrypi.local'] }), 'possible'],
    ['the name raspberrypi-17.local', sighting({ source: 'mdns', names: ['raspberrypi-17.local'] }), 'possible'],
    ['the name rpi4.local', sighting({ source: 'mdns', names: ['rpi4.local'] }), 'possible'],
    ['the agent', sighting({ source: 'sweep', agent: { port: 1234, version: '1.2.0' } }), 'likely'],
    ['nothing else', sighting({ source: 'sweep' }), 'unknown'],
    ['SSH of an Ubuntu', sighting({ source: 'sweep', ssh: ssh(null, 'SSH-2.0-OpenSSH_9.6p1 Ubuntu-3') }), 'unknown'],
    ['the name spider.local', sighting({ source: 'mdns', names: ['spider.local'] }), 'unknown'],
    ['the name epic-pixel.local', sighting({ source: 'mdns', names: ['epic-pixel.local'] }), 'unknown'],
  ])('and %s', (_what, seen, likelihood) => {
    expect(judge(dongle, seen)).toBe(likelihood);
  });
});

test('each reason is said once, the strongest first, with what it means', () => {
  const pi = sighting({ source: 'neighbours', mac: 'b8:27:eb:12:34:56' });
  const open = sighting({ source: 'sweep', ssh: ssh(null, 'SSH-2.0-OpenSSH_8.4p1 Raspbian-5') });
  const agent = sighting({ source: 'sweep', agent: { port: 1234, version: '1.2.0' } });
  const evidence = evidenceOf([open, pi, { ...pi, key: 'again' }, agent]);
  expect(evidence.map(({ text }) => text)).toEqual([
    'Agent 1.2.0 on 1234',
    'SSH says Raspbian',
    'Raspberry Pi Ltd MAC',
    'SSH open',
  ]);
  expect(evidence.every(({ detail }) => detail.length > 10)).toBe(true);
});

describe('an SSH identification string', () => {
  test.each([
    ['SSH-2.0-OpenSSH_8.4p1 Raspbian-5+deb11u3', { system: 'Raspbian', server: 'OpenSSH 8.4p1' }],
    ['SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3', { system: 'Debian', server: 'OpenSSH 9.2p1' }],
    ['SSH-2.0-OpenSSH_9.6p1 Ubuntu-3ubuntu13', { system: 'Ubuntu', server: 'OpenSSH 9.6p1' }],
    ['SSH-2.0-dropbear_2022.83', { system: null, server: 'Dropbear 2022.83' }],
    ['SSH-2.0-Cisco-1.25', { system: null, server: null }],
    ['HTTP/1.1 400 Bad Request', { system: null, server: null }],
  ])('%s', (banner, reading) => {
    expect(readBanner(banner)).toEqual(reading);
  });

  test.each([
    ['may still come', 'SSH-2.0-Open', null],
    ['may come after other lines', 'Welcome\r\nplease wait\r\n', null],
    ['is found after other lines', 'Welcome\r\nSSH-2.0-x\r\nmore', 'SSH-2.0-x'],
    ['loses what cannot be printed', 'SSH-2.0-a\x1b[31m\n', 'SSH-2.0-a?[31m'],
    ['is no longer waited for after a line that is too long', 'x'.repeat(300), ''],
    ['is no longer waited for after fifty other lines', 'x\n'.repeat(60), ''],
  ])('%s', (_what, received, banner) => {
    expect(bannerIn(received)).toBe(banner);
  });

  test('is at most 255 printable characters, whatever is sent', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 600 }), (received) => {
        expect(bannerIn(`SSH-${received}\n`) ?? '').toMatch(/^[\x20-\x7e]{0,255}$/);
      }),
    );
  });
});

describe('the answer of an agent', () => {
  test.each([
    [
      'OK version=1.2.0 protocol=1 gpio=27 host=raspberrypi',
      { agent: { port: 9, version: '1.2.0' }, name: 'raspberrypi' },
    ],
    ['ERR auth-needed Say AUTH first.', { agent: { port: 9, version: null }, name: null }],
    ['ERR refused Only the Pi’s own subnets may connect.', { agent: { port: 9, version: null }, name: null }],
    ['ERR unknown-command "INFO"', null],
    ['HTTP/1.1 400 Bad Request', null],
    ['OK', null],
    ['', null],
  ])('%j', (line, probe) => {
    expect(readAgent(line, 9)).toEqual(probe);
  });
});
