import { createHash, randomBytes } from 'node:crypto';
import { appendFile, mkdtemp, open, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  findTime,
  readEntries,
  readHeads,
  RowView,
  SavedTranscript,
  searchTranscript,
  SHOW_ALL,
  Transcript,
  type Match,
  type TranscriptSource,
} from '../../../src-main/console/transcript/index.ts';

let root = '';
const opened: { dispose(): Promise<void> }[] = [];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'pw-transcript-'));
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.dispose()));
  await rm(root, { recursive: true });
});

let folders = 0;

async function create(options: Partial<Parameters<typeof Transcript.create>[0]> = {}): Promise<Transcript> {
  folders += 1;
  const transcript = await Transcript.create({ folder: join(root, `session-${folders}`), ...options });
  opened.push(transcript);
  return transcript;
}

async function reopen(folder: string, closedProperly: boolean): Promise<SavedTranscript> {
  const saved = await SavedTranscript.open(folder, closedProperly);
  opened.push(saved);
  return saved;
}

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

function receive(transcript: Transcript, value: string | Uint8Array, connection = 1): number {
  const bytes = typeof value === 'string' ? text(value) : value;
  return transcript.appendData({ direction: 'received', connection, bytes });
}

function send(transcript: Transcript, value: string, connection = 1): number {
  return transcript.appendData({ direction: 'sent', connection, bytes: text(value) });
}

async function payloads(source: TranscriptSource): Promise<string[]> {
  const entries = await readEntries(source, await readHeads(source, 0, source.written), 1 << 20);
  return entries.map((entry) => Buffer.from(entry.bytes).toString('latin1'));
}

describe('a transcript', () => {
  it('keeps each chunk as it came, in order, with direction, connection and times', async () => {
    const transcript = await create();
    send(transcript, 'ON');
    receive(transcript, 'OK ');
    receive(transcript, 'ON\n');
    receive(transcript, '', 2);
    await transcript.flushed();
    const heads = await readHeads(transcript, 0, 10);
    expect(
      heads.map(({ n, direction, connection, length, streamOffset }) => [
        n,
        direction,
        connection,
        length,
        streamOffset,
      ]),
    ).toEqual([
      [0, 'sent', 1, 2, 0],
      [1, 'received', 1, 3, 0],
      [2, 'received', 1, 3, 3],
      [3, 'received', 2, 0, 0],
    ]);
    expect(await payloads(transcript)).toEqual(['ON', 'OK ', 'ON\n', '']);
    const monotonic = heads.map((head) => head.monoUs);
    expect(monotonic).toEqual([...monotonic].sort((a, b) => a - b));
    expect(Math.abs((heads[0]?.wallUs ?? 0) / 1000 - Date.now())).toBeLessThan(60_000);
  });

  it('remembers the unfinished character before each chunk, per direction and connection', async () => {
    const transcript = await create();
    receive(transcript, Uint8Array.of(0x67, 0xc3));
    send(transcript, 'x');
    receive(transcript, 'y', 2);
    receive(transcript, Uint8Array.of(0xbc));
    receive(transcript, 'z');
    await transcript.flushed();
    const heads = await readHeads(transcript, 0, 5);
    expect(heads.map((head) => [...head.carry])).toEqual([[], [], [], [0xc3], []]);
  });

  it('remembers a CR at the end of the chunk before, per direction and connection, and of no datagram', async () => {
    const transcript = await create();
    receive(transcript, 'a\r');
    send(transcript, '\n');
    receive(transcript, '\n', 2);
    receive(transcript, '\nb');
    receive(transcript, 'c');
    transcript.appendData({ direction: 'received', connection: 3, bytes: text('d\r'), datagram: true });
    transcript.appendData({ direction: 'received', connection: 3, bytes: text('\n'), datagram: true });
    await transcript.flushed();
    const heads = await readHeads(transcript, 0, 7);
    expect(heads.map((head) => head.afterCarriageReturn)).toEqual([false, false, false, true, false, false, false]);
  });

  it('reads back over many pages of the index, while it grows and after it was saved', async () => {
    const transcript = await create();
    for (let i = 0; i < 10_000; i += 1) receive(transcript, `${i}\n`);
    await transcript.flushed();
    for (let i = 10_000; i < 20_000; i += 1) receive(transcript, `${i}\n`);
    await transcript.finish();
    const expected = Array.from({ length: 20_000 }, (_, i) => `${i}\n`);
    expect(await payloads(transcript)).toEqual(expected);
    expect(await payloads(await reopen(transcript.folder, true))).toEqual(expected);
  });

  it('gives back any chunks exactly, whatever their number and size', async () => {
    const chunk = fc.record({
      direction: fc.constantFrom('sent' as const, 'received' as const),
      connection: fc.integer({ min: 1, max: 3 }),
      bytes: fc.oneof(fc.uint8Array({ maxLength: 20 }), fc.uint8Array({ minLength: 1000, maxLength: 3000 })),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(chunk, { maxLength: 60 }), async (chunks) => {
        const transcript = await create();
        for (const one of chunks) transcript.appendData(one);
        await transcript.finish();
        const read = await readEntries(transcript, await readHeads(transcript, 0, chunks.length), 1 << 20);
        expect(
          read.map(({ direction, connection, bytes }) => ({ direction, connection, bytes: Buffer.from(bytes) })),
        ).toEqual(chunks.map((one) => ({ ...one, bytes: Buffer.from(one.bytes) })));
      }),
      { numRuns: 40 },
    );
  });

  it('finds the entry at a time', async () => {
    const transcript = await create();
    for (let i = 0; i < 50; i += 1) {
      transcript.appendData(
        { direction: 'received', connection: 1, bytes: text('x') },
        { monoUs: i * 100, wallUs: 1e15 + i * 100 },
      );
    }
    await transcript.flushed();
    expect(await findTime(transcript, { monoUs: 0 })).toBe(0);
    expect(await findTime(transcript, { monoUs: 101 })).toBe(2);
    expect(await findTime(transcript, { wallUs: 1e15 + 4900 })).toBe(49);
    expect(await findTime(transcript, { monoUs: 5000 })).toBe(50);
  });
});

describe('a transcript whose writing was cut short', () => {
  async function saved(): Promise<Transcript> {
    const transcript = await create();
    for (let i = 0; i < 100; i += 1) receive(transcript, `entry ${i};`);
    await transcript.finish();
    return transcript;
  }

  it('opens whole when nothing is torn', async () => {
    const transcript = await saved();
    const again = await reopen(transcript.folder, false);
    expect(again.torn).toBeNull();
    expect(again.written).toBe(100);
  });

  it('cuts off a record that was half written, and goes on being readable', async () => {
    const transcript = await saved();
    const index = join(transcript.folder, 'entries.idx');
    await truncate(index, (await stat(index)).size - 10);
    const again = await reopen(transcript.folder, false);
    expect(again.torn).toEqual({ entriesCut: 0, bytesCut: 'entry 99;'.length });
    expect((await payloads(again)).at(-1)).toBe('entry 98;');
    expect((await stat(join(transcript.folder, 'data.bin'))).size).toBe((await payloads(again)).join('').length);
  });

  it('cuts off entries whose bytes never reached the disk', async () => {
    const transcript = await saved();
    const data = join(transcript.folder, 'data.bin');
    const { size } = await stat(data);
    await truncate(data, size - 20);
    await truncate(data, size);
    const again = await reopen(transcript.folder, false);
    expect(again.torn).toMatchObject({ entriesCut: 3 });
    expect((await payloads(again)).at(-1)).toBe('entry 96;');
  });

  it('cuts off a large chunk of which one sector never reached the disk, wherever it lies', async () => {
    const chunk = randomBytes(70_001);
    for (const sector of [0, 512, 33 * 512, 136 * 512]) {
      const transcript = await create();
      receive(transcript, 'before');
      receive(transcript, chunk);
      await transcript.finish();
      const handle = await open(join(transcript.folder, 'data.bin'), 'r+');
      await handle.write(Buffer.alloc(Math.min(512, chunk.length - sector)), 0, undefined, 'before'.length + sector);
      await handle.close();
      expect((await reopen(transcript.folder, false)).torn).toEqual({ entriesCut: 1, bytesCut: chunk.length });
    }
  });

  it('keeps large chunks that are whole, of any length', async () => {
    const transcript = await create();
    for (let length = 4090; length < 4110; length += 1) receive(transcript, randomBytes(length));
    receive(transcript, randomBytes(1 << 20));
    await transcript.finish();
    expect((await reopen(transcript.folder, false)).torn).toBeNull();
  });

  it('cuts off records that a power cut left as zeros or as anything else', async () => {
    const transcript = await saved();
    const handle = await open(join(transcript.folder, 'entries.idx'), 'r+');
    await handle.write(Buffer.alloc(64 * 4), 0, 64 * 4, 64 * 51);
    await handle.write(Buffer.alloc(64 * 3, 0xff), 0, 64 * 3, 64 * 98);
    await handle.close();
    const again = await reopen(transcript.folder, false);
    expect(again.torn).toMatchObject({ entriesCut: 50 });
    expect(again.written).toBe(50);
  });

  it('cuts off bytes that no record knows of', async () => {
    const transcript = await saved();
    await appendFile(join(transcript.folder, 'data.bin'), 'half an ent');
    const again = await reopen(transcript.folder, false);
    expect(again.torn).toEqual({ entriesCut: 0, bytesCut: 11 });
  });

  it('refuses a file that is no transcript', async () => {
    const transcript = await saved();
    await writeFile(join(transcript.folder, 'entries.idx'), 'something else entirely, and longer than the magic');
    await expect(SavedTranscript.open(transcript.folder, true)).rejects.toMatchObject({ code: 'NOT_A_TRANSCRIPT' });
  });
});

describe('a disk that is full', () => {
  it('holds sources back, says so, and loses nothing when there is room again', async () => {
    let room = 10;
    const transcript = await create({
      retryMs: 5,
      wrapDisk: (file) => ({
        writev: async (buffers, position) => {
          if (room <= 0) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
          const first = Buffer.concat(buffers).subarray(0, room);
          room -= first.length;
          return file.writev([first], position);
        },
      }),
    });
    const stalls: (string | null)[] = [];
    transcript.stalls.subscribe((stall) => stalls.push(stall?.code ?? null));
    let relieved = 0;
    transcript.relieved.subscribe(() => {
      relieved += 1;
    });
    receive(transcript, 'first;');
    await transcript.flushed();
    receive(transcript, 'second;');
    receive(transcript, 'third;');
    await expect.poll(() => stalls).toEqual(['ENOSPC']);
    expect([transcript.congested, transcript.written, relieved]).toEqual([true, 1, 0]);
    room = 1000;
    transcript.retryNow();
    await transcript.flushed();
    expect(stalls).toEqual(['ENOSPC', null]);
    expect([transcript.congested, relieved]).toEqual([false, 1]);
    expect(await payloads(transcript)).toEqual(['first;', 'second;', 'third;']);
  });

  it('shows nothing whose record it could not write, and goes on when there is room again', async () => {
    let room = 64;
    const transcript = await create({
      retryMs: 5,
      wrapIndexDisk: (file) => ({
        writev: async (buffers, position) => {
          if (room <= 0) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
          room -= 64;
          return file.writev([Buffer.concat(buffers).subarray(0, 64)], position);
        },
      }),
    });
    const written: number[] = [];
    transcript.writes.subscribe((count) => written.push(count));
    receive(transcript, 'first;');
    await transcript.flushed();
    receive(transcript, 'second;');
    await expect.poll(() => transcript.stall?.code).toBe('ENOSPC');
    expect([transcript.congested, transcript.written, written]).toEqual([true, 1, [1]]);
    room = Number.MAX_SAFE_INTEGER;
    transcript.retryNow();
    await transcript.flushed();
    expect([transcript.congested, transcript.stall, written]).toEqual([false, null, [1, 2]]);
    expect(await payloads(transcript)).toEqual(['first;', 'second;']);
  });

  it('can be closed while the disk refuses only the records', async () => {
    const transcript = await create({
      retryMs: 60_000,
      wrapIndexDisk: () => ({ writev: () => Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' })) }),
    });
    receive(transcript, 'a');
    await expect.poll(() => transcript.stall?.code).toBe('ENOSPC');
    receive(transcript, 'b');
    receive(transcript, 'c');
    expect(await transcript.finish()).toBe(3);
  });

  it('can be closed, and says how many entries were lost', async () => {
    const transcript = await create({
      retryMs: 60_000,
      wrapDisk: () => ({
        writev: () => Promise.reject(Object.assign(new Error('quota'), { code: 'EDQUOT' })),
      }),
    });
    receive(transcript, 'a');
    receive(transcript, 'b');
    await expect.poll(() => transcript.stall?.code).toBe('EDQUOT');
    expect(await transcript.finish()).toBe(2);
  });
});

describe('searching', () => {
  async function matches(source: TranscriptSource, what: string, ignoreCase = false): Promise<Match[]> {
    const found: Match[] = [];
    const needle = { bytes: text(what), ignoreCase };
    await searchTranscript(source, needle, { from: 0, to: source.written }, (match) => {
      found.push(match);
      return true;
    });
    return found;
  }

  it('finds bytes that lie in one chunk, over several, and not over two streams', async () => {
    const transcript = await create();
    receive(transcript, 'hello wor');
    send(transcript, 'l');
    receive(transcript, 'l', 2);
    receive(transcript, 'l');
    receive(transcript, 'd, World');
    await transcript.flushed();
    expect(await matches(transcript, 'world')).toEqual([{ n: 0, offset: 6, endN: 4 }]);
    expect(await matches(transcript, 'WORLD', true)).toEqual([
      { n: 0, offset: 6, endN: 4 },
      { n: 4, offset: 3, endN: 4 },
    ]);
    expect(await matches(transcript, 'l')).toHaveLength(6);
  });

  it('finds what a search of the joined bytes finds, however they were cut', async () => {
    const piece = fc.array(fc.constantFrom('a', 'b'), { minLength: 0, maxLength: 5 }).map((list) => list.join(''));
    const what = fc.array(fc.constantFrom('a', 'b'), { minLength: 1, maxLength: 6 }).map((list) => list.join(''));
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 20 }), what, async (pieces, needle) => {
        const transcript = await create();
        for (const one of pieces) receive(transcript, one);
        await transcript.flushed();
        const starts: number[] = [];
        let at = 0;
        for (const one of pieces) {
          starts.push(at);
          at += one.length;
        }
        const found = (await matches(transcript, needle)).map((match) => (starts[match.n] ?? 0) + match.offset);
        const whole = pieces.join('');
        const expected = [...whole].flatMap((_, i) => (whole.startsWith(needle, i) ? [i] : []));
        expect(found.sort((a, b) => a - b)).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });

  it('stops when it is cancelled', async () => {
    const transcript = await create();
    receive(transcript, 'x');
    await transcript.flushed();
    const signal = AbortSignal.abort();
    const needle = { bytes: text('x'), ignoreCase: false };
    await expect(searchTranscript(transcript, needle, { from: 0, to: 1, signal }, () => true)).rejects.toMatchObject({
      name: 'AbortError',
    });
  });
});

describe('ways of looking at a transcript', () => {
  async function rows(view: RowView): Promise<number[][]> {
    await view.update();
    return (await view.rows(0, 1000)).map((row) => row.heads.map((head) => head.n));
  }

  it('filters by kind, direction, connection and content, and grows with the transcript', async () => {
    const transcript = await create();
    transcript.appendDetails('note', 'none', 0, { text: 'begin' });
    send(transcript, 'ON');
    receive(transcript, 'OK ON', 1);
    receive(transcript, 'hello', 2);
    await transcript.flushed();
    const received = new RowView(transcript, { ...SHOW_ALL, directions: ['received'] }, false);
    const second = new RowView(transcript, { ...SHOW_ALL, connection: 2 }, false);
    const containing = new RowView(
      transcript,
      { ...SHOW_ALL, contains: { bytes: text('on'), ignoreCase: true } },
      false,
    );
    expect([await rows(received), await rows(second), await rows(containing)]).toEqual([
      [[2], [3]],
      [[0], [3]],
      [[1], [2]],
    ]);
    receive(transcript, 'O');
    receive(transcript, 'N');
    await transcript.flushed();
    expect([await rows(received), await rows(containing)]).toEqual([
      [[2], [3], [4], [5]],
      [[1], [2], [4], [5]],
    ]);
    expect(received.rowOf(4)).toBe(2);
  });

  it('joins chunks of one direction that follow each other, and only in the view', async () => {
    const transcript = await create();
    receive(transcript, 'a');
    receive(transcript, 'b');
    send(transcript, 'c');
    receive(transcript, 'd');
    receive(transcript, 'e', 2);
    await transcript.flushed();
    const joined = new RowView(transcript, SHOW_ALL, true);
    expect(await rows(joined)).toEqual([[0, 1], [2], [3], [4]]);
    receive(transcript, 'f', 2);
    await transcript.flushed();
    expect(await rows(joined)).toEqual([[0, 1], [2], [3], [4, 5]]);
    expect(await payloads(transcript)).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
    const onlyReceived = new RowView(transcript, { ...SHOW_ALL, directions: ['received'] }, true);
    expect(await rows(onlyReceived)).toEqual([
      [0, 1, 3],
      [4, 5],
    ]);
  });
});

describe('a large transcript', () => {
  it('is on the disk byte for byte and opens at once', async () => {
    const transcript = await create();
    const hash = createHash('sha256');
    for (let i = 0; i < 4096; i += 1) {
      const bytes = Buffer.alloc(2048, i % 251);
      hash.update(bytes);
      receive(transcript, bytes);
      if (i % 512 === 0) await transcript.flushed();
    }
    await transcript.finish();
    const onDisk = createHash('sha256').update(await readFile(join(transcript.folder, 'data.bin')));
    expect(onDisk.digest('hex')).toBe(hash.digest('hex'));
    const again = await reopen(transcript.folder, true);
    expect(again.written).toBe(4096);
    expect((await again.index.head(4095)).streamOffset).toBe(4095 * 2048);
  });
});
