import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  exportParts,
  readEntries,
  readHeads,
  suggestedFileName,
  writeExport,
  type Exported,
  type ExportFormat,
  type TranscriptSource,
} from '../../../src-main/console/index.ts';
import { consoleService, recorded } from './support/recordings.ts';
import { lines, tcpClient, temporaryFolder, udpClient } from './support/sessions.ts';

const session = (source: TranscriptSource, options: Exported['options'] = tcpClient(1234)): Exported => ({
  title: 'practice',
  options,
  createdAt: Date.UTC(2026, 0, 31, 14, 5),
  source,
});

async function exported(
  what: Exported,
  format: ExportFormat,
  connection: number | null = null,
): Promise<{ path: string; bytes: Buffer }> {
  const path = join(await temporaryFolder(), 'export');
  const signal = new AbortController().signal;
  await writeExport(exportParts(what, format, connection, signal), {
    path,
    overwrite: false,
    signal,
    onProgress: () => undefined,
  });
  return { path, bytes: await readFile(path) };
}

describe('raw export', () => {
  it('is the bytes of one direction, of one connection or of all', async () => {
    const source = await recorded([
      { say: 'sent', bytes: 'a' },
      { say: 'received', bytes: 'b\xff' },
      { say: 'sent', bytes: 'c', connection: 2 },
    ]);
    const sent = await exported(session(source), 'raw-sent');
    const ofOne = await exported(session(source), 'raw-sent', 2);
    const received = await exported(session(source), 'raw-received');
    expect([sent, ofOne, received].map(({ bytes }) => bytes.toString('latin1'))).toEqual(['ac', 'c', 'b\xff']);
  });
});

describe('text export', () => {
  it('shows time, direction, length and text, and a dump where text would not do', async () => {
    const source = await recorded([
      { say: 'sent', bytes: 'ON\r\n' },
      { say: 'received', bytes: '\x00\x01' },
    ]);
    const text = (await exported(session(source), 'text')).bytes.toString();
    const stable = text.replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z/g, 'TIME');
    expect(stable.split('\n')).toEqual([
      'TIME > 1 Connected to 127.0.0.1:1234 from 127.0.0.1:40001 in 0.1 ms',
      'TIME > 1 4 bytes',
      '    ON␍␊',
      'TIME < 1 2 bytes',
      `    00000000  ${'00 01'.padEnd(48)}  |..|`,
      'TIME > 1 Closed by this side.',
      '',
    ]);
  });

  it('shows a CRLF cut between two chunks as the end of one line', async () => {
    const source = await recorded([
      { say: 'received', bytes: 'a\r' },
      { say: 'received', bytes: '\nb\rc\r\n' },
    ]);
    const text = (await exported(session(source), 'text')).bytes.toString();
    expect(text.split('\n').filter((line) => line.startsWith('    '))).toEqual(['    a␍', '    ␊b␍', '    c␍␊']);
  });
});

describe('JSON Lines', () => {
  it('opens again as the same session, with its times', async () => {
    const source = await recorded([
      { say: 'sent', bytes: 'grün' },
      { say: 'received', bytes: randomBytes(5000) },
      { end: 'received' },
    ]);
    const { path, bytes } = await exported(session(source), 'json-lines');
    const objects = bytes
      .toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(objects[0]).toMatchObject({ format: 'pi-workbench-session', version: 1, title: 'practice' });
    expect(objects[2]).toMatchObject({ kind: 'data', direction: 'sent', length: 4 });
    const service = await consoleService();
    const opened = await service.import(path, new AbortController().signal);
    const again = service.tab(opened.id).source;
    const all = async (one: TranscriptSource) => readEntries(one, await readHeads(one, 0, 100), 1 << 20);
    const plain = (entries: Awaited<ReturnType<typeof all>>) =>
      entries.map((entry) => ({ ...entry, bytes: Buffer.from(entry.bytes).toString('hex') }));
    expect(plain(await all(again))).toEqual(plain(await all(source)));
    expect(opened).toMatchObject({ title: 'practice', state: { kind: 'saved' }, connectionCount: 1, kept: true });
  });

  it.each([
    ['', 'The file is empty.'],
    ['not json\n', 'Line 1 is not a line of a saved session.'],
    ['{"format":"other"}\n', 'Line 1 is not a line of a saved session.'],
  ])('refuses %j', async (content, message) => {
    const path = join(await temporaryFolder(), 'x.jsonl');
    await writeFile(path, content);
    const service = await consoleService();
    await expect(service.import(path, new AbortController().signal)).rejects.toMatchObject({
      code: 'NOT_A_TRANSCRIPT',
      message,
    });
    expect(await service.saved()).toEqual([]);
  });

  it.runIf(process.platform === 'linux').each([
    ['/dev/zero', 'FILE_NOT_READABLE', '/dev/zero is not a file.'],
    ['/', 'FILE_NOT_READABLE', '/ is not a file.'],
    ['endless line', 'NOT_A_TRANSCRIPT', 'Line 1 is too long for a saved session.'],
  ])('refuses %s', async (path, code, message) => {
    const file = path.startsWith('/') ? path : join(await temporaryFolder(), path);
    // It takes no room on the disk, and its zeros are one line.
    if (file !== path) await writeFile(file, '').then(() => truncate(file, 2 ** 30));
    const service = await consoleService();
    await expect(service.import(file, new AbortController().signal)).rejects.toMatchObject({ code, message });
  });

  it('names the line that is damaged', async () => {
    const { path, bytes } = await exported(session(await recorded([{ say: 'sent', bytes: 'a' }])), 'json-lines');
    await writeFile(path, bytes.toString().replace('"base64":"YQ=="', '"base64":"%%"'));
    const service = await consoleService();
    await expect(service.import(path, new AbortController().signal)).rejects.toMatchObject({ details: { line: 3 } });
  });
});

const hasTshark = spawnSync('tshark', ['--version']).status === 0;

/** The payload bytes of each direction of a stream, as Wireshark reassembles them. */
function followed(path: string, protocol: 'tcp' | 'udp', stream = 0): { first: Buffer; second: Buffer } {
  const output = execFileSync('tshark', ['-r', path, '-q', '-z', `follow,${protocol},raw,${stream}`], {
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'ignore'],
  }).toString();
  const rows = output.split('\n').filter((line) => /^\t?[0-9a-f]+$/.test(line));
  const join = (wanted: string[]): Buffer => Buffer.from(wanted.map((row) => row.trim()).join(''), 'hex');
  return {
    first: join(rows.filter((row) => !row.startsWith('\t'))),
    second: join(rows.filter((row) => row.startsWith('\t'))),
  };
}

function fields(path: string, ...names: string[]): string[] {
  const args = ['-r', path, '-o', 'tcp.check_checksum:TRUE', '-o', 'ip.check_checksum:TRUE', '-T', 'fields'];
  return execFileSync('tshark', [...args, ...names.flatMap((name) => ['-e', name])], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
    .toString()
    .trimEnd()
    .split('\n');
}

describe.runIf(hasTshark)('pcapng, read by tshark', () => {
  it('is reassembled to the same bytes, with handshake, ends and good checksums', async () => {
    const [request, reply] = [randomBytes(200_001), randomBytes(300_007)];
    const source = await recorded([
      { say: 'sent', bytes: request.subarray(0, 100_000) },
      { say: 'received', bytes: reply.subarray(0, 7) },
      { say: 'sent', bytes: request.subarray(100_000) },
      { say: 'received', bytes: reply.subarray(7) },
      { end: 'received' },
    ]);
    const { path } = await exported(session(source), 'pcapng');
    const { first, second } = followed(path, 'tcp');
    expect([first.equals(request), second.equals(reply)]).toEqual([true, true]);
    const flags = fields(path, 'tcp.flags.str').map((text) => text.replaceAll('·', ''));
    expect([flags.slice(0, 3), flags.slice(-4)]).toEqual([
      ['S', 'AS', 'A'],
      ['AF', 'A', 'AF', 'A'],
    ]);
    expect(new Set(fields(path, 'tcp.checksum.status'))).toEqual(new Set(['1']));
    expect(new Set(fields(path, 'ip.checksum.status'))).toEqual(new Set(['1']));
    expect(
      fields(path, '_ws.expert.message').filter((text) => /checksum|out-of-order|lost|window is full/i.test(text)),
    ).toEqual([]);
  });

  it('keeps the recorded times and several connections apart', async () => {
    const source = await recorded([
      { say: 'sent', bytes: 'one' },
      { say: 'sent', bytes: 'two', connection: 2 },
    ]);
    const { path } = await exported(session(source), 'pcapng');
    const heads = await readHeads(source, 0, 2);
    expect(Math.abs(Number(fields(path, 'frame.time_epoch')[0]) * 1e6 - (heads[0]?.wallUs ?? 0))).toBeLessThan(1);
    expect([followed(path, 'tcp', 0).first.toString(), followed(path, 'tcp', 1).first.toString()]).toEqual([
      'one',
      'two',
    ]);
  });

  it('speaks IPv6 and datagrams', async () => {
    const ends = { local: { address: 'fe80::1%eth0', port: 5000 }, remote: { address: '2001:db8::7', port: 53 } };
    const moves = [
      { say: 'sent', bytes: 'question' },
      { say: 'received', bytes: 'odd' },
    ] as const;
    const tcp = await exported(session(await recorded(moves, ends)), 'pcapng');
    expect(followed(tcp.path, 'tcp').second.toString()).toBe('odd');
    expect(fields(tcp.path, 'ipv6.src', 'ipv6.dst')[0]).toBe('fe80::1\t2001:db8::7');
    expect(new Set(fields(tcp.path, 'tcp.checksum.status'))).toEqual(new Set(['1']));
    const udp = await exported(session(await recorded(moves), udpClient(53)), 'pcapng');
    expect(followed(udp.path, 'udp').first.toString()).toBe('question');
  });
});

describe('writing an export', () => {
  const parts = async function* (): AsyncGenerator<string> {
    yield 'first';
    await Promise.resolve();
    yield 'second';
  };
  const options = (path: string, more: object = {}) => ({
    path,
    overwrite: false,
    signal: new AbortController().signal,
    onProgress: () => undefined,
    ...more,
  });

  it('never replaces a file unless told to', async () => {
    const path = join(await temporaryFolder(), 'kept.txt');
    await writeFile(path, 'mine');
    await expect(writeExport(parts(), options(path))).rejects.toMatchObject({ code: 'FILE_EXISTS' });
    expect(await readFile(path, 'utf8')).toBe('mine');
    expect(await writeExport(parts(), options(path, { overwrite: true }))).toBe(11);
    expect(await readFile(path, 'utf8')).toBe('firstsecond');
  });

  it('leaves nothing behind when it is cancelled', async () => {
    const folder = await temporaryFolder();
    const abort = new AbortController();
    const stopping = async function* (): AsyncGenerator<string> {
      yield 'x';
      abort.abort();
      await Promise.resolve();
      yield 'y';
    };
    const run = writeExport(stopping(), options(join(folder, 'a'), { signal: abort.signal }));
    await expect(run).rejects.toMatchObject({ name: 'AbortError' });
    expect(await readdir(folder)).toEqual([]);
  });

  it.each([
    ['relative.txt', 'The path has to start at the root of the disk.', 'Write the whole path'],
    ['/no/such/folder/x', 'The file /no/such/folder/x cannot be written.', 'There is no such folder'],
    ['/tmp', '/tmp is a folder.', 'Add a file name'],
  ])('says why %s cannot be written', async (path, message, hint) => {
    await expect(writeExport(parts(), options(path))).rejects.toMatchObject({
      code: 'CANNOT_WRITE',
      message,
      hint: expect.stringContaining(hint) as string,
    });
  });

  it('suggests a name that every system takes', () => {
    expect(suggestedFileName('[::1]:1234 / x', Date.UTC(2026, 0, 31, 14, 5), 'json-lines')).toBe(
      '1-1234-x-20260131-1405.jsonl',
    );
  });
});

describe('a saved session', () => {
  it('opens again from the disk with its pins and totals', async () => {
    const folder = await temporaryFolder();
    const first = await consoleService(folder);
    const listener = await first.open({
      kind: 'udp-listener',
      host: '127.0.0.1',
      port: 0,
      responder: { kind: 'echo' },
    });
    await expect.poll(() => first.tab(listener.id).snapshot().state.kind).toBe('listening');
    const state = first.tab(listener.id).snapshot().state;
    const client = await first.open(udpClient(state.kind === 'listening' ? state.local.port : 0));
    await expect.poll(() => first.tab(client.id).snapshot().state.kind).toBe('open');
    first.session(client.id).send(Buffer.from('hello'), 'all');
    await expect.poll(() => first.tab(client.id).totals.receivedBytes).toBe(5);
    await first.setPin(client.id, 1, true);
    await first.rename(client.id, 'my test');
    await first.close(client.id);
    const second = await consoleService(folder);
    const saved = (await second.saved()).filter(({ record }) => record.id === client.id);
    expect(saved[0]?.record).toMatchObject({ title: 'my test', closedProperly: true, totals: { sentBytes: 5 } });
    const opened = await second.openSaved(client.id);
    expect(opened).toMatchObject({ title: 'my test', pins: [1], state: { kind: 'saved', torn: null } });
    expect(await lines(second.tab(client.id).source)).toEqual(['connect sent', '> hello', '< hello', 'close us']);
    expect(() => second.session(client.id)).toThrow('This is a saved session');
    await second.close(client.id);
    await second.deleteSaved(client.id);
    expect((await second.saved()).map(({ record }) => record.id)).not.toContain(client.id);
  });

  it('is not kept when nothing was ever sent or received', async () => {
    const service = await consoleService();
    const opened = await service.open({
      kind: 'tcp-listener',
      host: '127.0.0.1',
      port: 0,
      backlog: 1,
      noDelay: true,
      keepAlive: true,
      receiveSize: 1024,
      responder: { kind: 'none' },
    });
    await service.close(opened.id);
    expect(await service.saved()).toEqual([]);
  });
});
