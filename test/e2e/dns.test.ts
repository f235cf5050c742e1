import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { DecodedPacket } from 'dns-packet';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RCODE, replyTo, startDnsServer, type TestDnsServer } from '../integration/dns/support.ts';
import { startApp, type RunningApp } from './support/app.ts';
import { barriers, noBarriers } from './support/axe.ts';

let app: RunningApp;
let server: TestDnsServer;
const faults: string[] = [];

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
  app = await startApp();
  app.page.on('pageerror', (error) => faults.push(error.message));
  await app.open('#/dns');
  for (const label of ['System resolver', 'Configured DNS servers', 'mDNS']) {
    await app.page.getByRole('checkbox', { name: label }).uncheck();
  }
  await app.page.getByLabel('Record').selectOption('A');
});
afterAll(async () => {
  await app.stop();
  await server.close();
  expect(faults).toEqual([]);
});

/** Looks a name up at one server, and gives what the page says about it. */
async function lookUp(name: string, at: string): Promise<string> {
  await app.page.getByLabel('Name or address').fill(name);
  await app.page.getByLabel('Another DNS server').fill(at);
  await app.page.getByRole('button', { name: 'Look up', exact: true }).click();
  const python = app.page.getByRole('region', { name: 'Python code' }).filter({ hasText: name });
  await python.waitFor({ timeout: 30_000 });
  return app.page.getByRole('region', { name: `${at}: A` }).innerText();
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
