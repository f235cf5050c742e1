import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parsePayload, SnippetStore, type PayloadInput } from '../../../src-main/console/index.ts';
import { connect } from './support/peers.ts';
import { portOf, startSession, tcpListener, temporaryFolder } from './support/sessions.ts';

const hex = (text: string): PayloadInput => ({ format: 'hex', text, encoding: 'utf-8', lineEnding: 'none' });

async function store(): Promise<{ path: string; snippets: SnippetStore }> {
  const path = join(await temporaryFolder(), 'snippets.json');
  return { path, snippets: new SnippetStore(path) };
}

function bytesOf(payload: PayloadInput): string {
  const result = parsePayload(payload);
  if (!result.ok) throw new Error(result.message);
  return Buffer.from(result.bytes).toString('latin1');
}

describe('snippets', () => {
  it('come with what the course sends, byte for byte', async () => {
    const { snippets } = await store();
    const builtIn = Object.fromEntries((await snippets.list()).map(({ name, payload }) => [name, bytesOf(payload)]));
    expect(builtIn).toMatchObject({
      'HTTP GET': 'GET / HTTP/1.1\r\nHost: raspberrypi.local\r\nConnection: close\r\n\r\n',
      'FTP greeting (server)': '220 Welcome to the practice FTP server\r\n',
      'FTP anonymous log-in: user': 'USER anonymous\r\n',
      'FTP anonymous log-in: password': 'PASS student@example.org\r\n',
      'SMTP EHLO': 'EHLO raspberrypi.local\r\n',
      'LED on': 'ON',
      'LED off': 'OFF',
      'LED toggle': 'TOGGLE',
      'LED status': 'STATUS',
    });
  });

  it('for the LED agent are commands that it knows', async () => {
    const { snippets } = await store();
    const commands = (await snippets.list()).filter(({ name }) => name.startsWith('LED'));
    expect(commands.length).toBeGreaterThanOrEqual(8);
    const session = await startSession(tcpListener({ responder: { kind: 'led' } }));
    for (const { name, payload } of commands) {
      const client = await connect(portOf(session));
      client.write(Buffer.from(bytesOf(payload), 'latin1'));
      await expect.poll(() => client.received(), { message: name }).toMatch(/^OK/);
      client.destroy();
    }
  });

  it('of one’s own have names, are replaced by name, kept on the disk, and deleted', async () => {
    const { path, snippets } = await store();
    await snippets.save('greeting', hex('68 69'));
    const second = await snippets.save('greeting', hex('68 6f'));
    await snippets.save('other', hex('00'));
    const own = async (from: SnippetStore) =>
      (await from.list()).filter(({ builtIn }) => !builtIn).map(({ name, payload }) => [name, payload.text]);
    expect(await own(new SnippetStore(path))).toEqual([
      ['greeting', '68 6f'],
      ['other', '00'],
    ]);
    await snippets.delete(second.id);
    expect(await own(new SnippetStore(path))).toEqual([['other', '00']]);
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ version: 1 });
  });
});

describe('the history', () => {
  it('keeps what was sent in order over restarts, a repetition once, and can be forgotten', async () => {
    const { path, snippets } = await store();
    for (const text of ['41', '42', '42', '41']) await snippets.remember(hex(text));
    const again = new SnippetStore(path);
    expect((await again.history()).map(({ text }) => text)).toEqual(['41', '42', '41']);
    await again.forgetHistory();
    expect(await new SnippetStore(path).history()).toEqual([]);
  });

  it('keeps the newest 200', async () => {
    const { snippets } = await store();
    for (let i = 0; i < 205; i += 1) await snippets.remember(hex(i.toString(16).padStart(4, '0')));
    const history = await snippets.history();
    expect([history.length, history[0]?.text, history.at(-1)?.text]).toEqual([200, '0005', '00cc']);
  });
});
