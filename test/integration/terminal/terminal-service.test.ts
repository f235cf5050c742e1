import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LocalTarget } from '../../../src-main/target/local/index.ts';
import { TargetRegistry } from '../../../src-main/target/registry.ts';
import { DroppedFiles, TerminalService, type TerminalEnd } from '../../../src-main/terminal/index.ts';

let home: string;
let targets: TargetRegistry;
let service: TerminalService;
const never = new AbortController().signal;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'pi-workbench-terminal-'));
  targets = new TargetRegistry(new LocalTarget({ deviceId: 'practice', home }));
  service = new TerminalService({ targets });
});
afterAll(async () => {
  await service.dispose();
  await targets.dispose();
  await rm(home, { recursive: true, force: true });
});

const open = () => service.open('practice', 'shell', { columns: 80, rows: 24 });
const type = (id: string, text: string) => service.write(id, Buffer.from(text));

/** Reads on until the output matches; gives it and the position reached. */
async function readUntil(id: string, wanted: RegExp, from = 0): Promise<{ text: string; position: number }> {
  let text = '';
  let position = from;
  while (!wanted.test(text)) {
    const output = await service.read(id, position, never);
    if (output.kind === 'end') throw new Error(`It ended after ${JSON.stringify(text)}.`);
    text += Buffer.from(output.piece.bytes).toString();
    position = output.piece.from + output.piece.bytes.length;
  }
  return { text, position };
}

async function endOf(id: string, from: number): Promise<TerminalEnd> {
  for (let position = from; ;) {
    const output = await service.read(id, position, never);
    if (output.kind === 'end') return output.end;
    position = output.piece.from + output.piece.bytes.length;
  }
}

describe('the output of a terminal', () => {
  test('is given again until it is acknowledged, so that a lost answer loses nothing', async () => {
    const id = await open();
    await type(id, 'stty -echo; PS1=; echo "ready $((1 + 1))"\n');
    const { position } = await readUntil(id, /ready 2\r\n/);
    await type(id, 'echo once\n');
    const first = await service.read(id, position, never);
    expect(await service.read(id, position, never)).toEqual(first);
    await type(id, 'exit 4\n');
    expect(await endOf(id, position)).toEqual({ kind: 'exited', code: 4, signal: null });
    await expect(service.read(id, 0, never)).rejects.toMatchObject({ code: 'TERMINAL_GONE' });
  });

  test('that nobody reads stops the program that prints; read at last, every byte is there', async () => {
    const id = await open();
    await type(id, 'stty -echo; PS1=; echo "ready $((1 + 1))"\n');
    const { position } = await readUntil(id, /ready 2\r\n/);
    await type(id, `seq 1 500000 && touch ${join(home, 'printed')}; echo done\n`);
    await service.read(id, position, never);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await readdir(home)).not.toContain('printed');
    const { text } = await readUntil(id, /\ndone\r\n/, position);
    const expected = Array.from({ length: 500_000 }, (_, index) => `${index + 1}\n`).join('');
    // The shell's own line editing writes around it.
    expect(text.replaceAll('\r\n', '\n').includes(`${expected}done\n`)).toBe(true);
    await service.close(id);
  });

  test('is waited for, and the waiting can be given up', async () => {
    const id = await open();
    const stop = new AbortController();
    const { position } = await readUntil(id, /./);
    const reading = endOrPiece(id, position, stop.signal);
    stop.abort();
    await expect(reading).rejects.toThrow();
    await service.close(id);
  });
});

/** Reads what is there and then waits for more, which never comes. */
async function endOrPiece(id: string, from: number, signal: AbortSignal): Promise<never> {
  for (let position = from; ;) {
    const output = await service.read(id, position, signal);
    if (output.kind === 'output') position = output.piece.from + output.piece.bytes.length;
  }
}

describe('a dropped file', () => {
  test('goes to the home folder once it is complete, asks before it replaces, and leaves nothing behind', async () => {
    const folder = join(home, 'dropped');
    const files = new DroppedFiles({ targets, folder });
    const send = async (text: string, overwrite: boolean): Promise<string> => {
      const id = await files.begin('notes.txt', text.length);
      try {
        await files.add(id, Buffer.from(text.slice(0, 3)));
        await files.add(id, Buffer.from(text.slice(3)));
        return await files.send(id, 'practice', { overwrite, signal: never, onProgress: () => undefined });
      } finally {
        await files.drop(id);
      }
    };
    expect(await send('first', false)).toBe(join(home, 'notes.txt'));
    await expect(send('second', false)).rejects.toMatchObject({ code: 'FILE_EXISTS' });
    expect(await readFile(join(home, 'notes.txt'), 'utf8')).toBe('first');
    await send('second', true);
    expect(await readFile(join(home, 'notes.txt'), 'utf8')).toBe('second');
    expect(await readdir(folder)).toEqual([]);
  });

  test('whose name leads elsewhere, or that grew meanwhile, is refused', async () => {
    const files = new DroppedFiles({ targets, folder: join(home, 'dropped') });
    for (const name of ['../x', '/etc/x', 'a\\b', '..', 'a\nb']) {
      await expect(files.begin(name, 1)).rejects.toMatchObject({ code: 'BAD_FILE_NAME' });
    }
    const id = await files.begin('x', 1);
    await expect(files.add(id, Buffer.from('xx'))).rejects.toMatchObject({ code: 'SOURCE_CHANGED' });
    await files.dispose();
  });
});
