import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { DecodedPacket } from 'dns-packet';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RCODE, replyTo, startDnsServer, type TestDnsServer } from '../integration/dns/support.ts';
import type { RunningApp } from './support/app.ts';
import { barriers, noBarriers } from './support/axe.ts';
import { Bench } from './support/bench.ts';

let bench: Bench;
let app: RunningApp;
let server: TestDnsServer;

const answersOf = (query: DecodedPacket) => {
  switch (query.questions?.[0]?.name) {
    case 'pi.example':
      return [replyTo(query, { answers: [{ type: 'A', name: 'pi.example', ttl: 300, data: '192.0.2.44' }] })];
    case 'missing.example':
      return [replyTo(query, { rcode: RCODE.NXDOMAIN })];
    case 'broken.example':
      return [replyTo(query, { rcode: RCODE.SERVFAIL })];
    case 'foreign.example':
      return [replyTo(query, { rcode: RCODE.REFUSED })];
    case 'empty.example':
      return [replyTo(query)];
    default:
      return [];
  }
};

beforeAll(async () => {
  server = await startDnsServer(({ query }) => answersOf(query));
  bench = await Bench.start();
  app = bench.app;
  await app.open('#/dns');
  for (const label of ['System resolver', 'Configured DNS servers', 'mDNS']) {
    await app.page.getByRole('checkbox', { name: label }).uncheck();
  }
  await app.page.getByLabel('Record').selectOption('A');
});
afterAll(async () => {
  await bench.stop();
  await server.close();
});

/** Looks a name up at one server, and gives what the page says about its answer, to this computer or to a device. */
async function lookUp(name: string, at: string, device = ''): Promise<string> {
  await app.page.getByLabel('Name or address').fill(name);
  await app.page.getByLabel('Another DNS server').fill(at);
  await app.page.getByRole('button', { name: 'Look up', exact: true }).click();
  const python = app.page.getByRole('region', { name: 'Python code' }).filter({ hasText: name });
  await python.waitFor({ timeout: 30_000 });
  const title = `${at}: A${device === '' ? '' : `, from ${device}`}`;
  return app.page.getByRole('region', { name: title }).innerText();
}

/** A port of this computer where no DNS server runs. */
async function deadPort(): Promise<number> {
  const taken = createSocket('udp4').bind(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address();
  taken.close();
  return port;
}

describe('a look-up at a chosen server', () => {
  test('shows the record with its time to live', async () => {
    const said = await lookUp('pi.example', `127.0.0.1:${server.port}`);
    for (const part of ['Found', '192.0.2.44', '300 s']) expect(said).toContain(part);
  });

  test.each([
    ['missing.example', 'No such name', 'says that missing.example does not exist.'],
    ['empty.example', 'No such record', 'empty.example exists, but has no A record.'],
    ['broken.example', 'Server failed', 'tried and failed (SERVFAIL).'],
    ['foreign.example', 'Refused', 'refuses to answer (REFUSED).'],
    ['silent.example', 'No answer', 'did not answer in time.'],
  ])('that fails for %s says “%s”, and what that means', async (name, label, meaning) => {
    const said = await lookUp(name, `127.0.0.1:${server.port}`);
    expect(said).toContain(label);
    expect(said).toContain(meaning);
    expect(await barriers(app.page)).toEqual(noBarriers);
    await app.screenshot(`dns-${name}`);
  });

  test('says that no server runs at that port', async () => {
    const said = await lookUp('pi.example', `127.0.0.1:${await deadPort()}`);
    expect(said).toContain('No server there');
    expect(said).toContain('is there, but no DNS server runs on it.');
  });
});

describe('a device that one is signed in to', () => {
  test('is asked as well, and its own way to the server is told', async () => {
    await bench.addDevice('Bench');
    await bench.button('Sign in').first().click();
    await bench.signIn();
    await app.open('#/dns');
    await app.page.getByLabel('Also from').selectOption('Bench');
    const said = await lookUp('pi.example', `127.0.0.1:${server.port}`, `${bench.sshd.user}@127.0.0.1`);
    for (const part of ['Found', '192.0.2.44', '300 s', 'UDP', 'by python3']) expect(said).toContain(part);
    await bench.look('dns-from-device');
  });
});
