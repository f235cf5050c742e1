import { randomBytes } from 'node:crypto';
import { mkdtemp, open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { BenchCase, BenchContext } from '../bench-case.ts';
import { compare, seriesOf, type Side } from '../measure.ts';
import { appProgram, hasProgram, nowMs, peerProgram, result, Running, runProgram } from '../programs.ts';

const MIB = 2 ** 20;
/** Sends what it reads to the port, and keeps a copy of it. */
const TEE_AND_SEND = 'tee "$1" | socat -u - "TCP:127.0.0.1:$2"';

export const receive: BenchCase = {
  name: 'receive',
  title: 'Receiving to disk',
  about:
    'From accepting the connection until the last byte is written: a console session (each chunk with its time in an index, the bytes in a data file) beside programs that only write the bytes. One sender, in a process of its own, serves all.',
  async run(context) {
    const bytes = (context.quick ? 64 : 1024) * MIB;
    const source = new Running([peerProgram('source'), String(bytes)], context);
    const { port } = await source.next<{ port: number }>();
    const growth: number[] = [];
    const timed = async (run: (folder: string) => Promise<number>, file: string) => {
      const folder = await mkdtemp(join(context.folder, 'receive-'));
      const running = run(folder);
      const { acceptedAt } = await source.next<{ acceptedAt: number }>();
      const doneAt = await running;
      if (file !== '' && (await stat(join(folder, file))).size !== bytes) throw new Error('Bytes are missing.');
      await rm(folder, { recursive: true });
      return rate(bytes, doneAt - acceptedAt);
    };
    const app: Side = {
      name: 'console session',
      measure: () =>
        timed(async (folder) => {
          const argv = [appProgram('receive'), folder, String(port), String(bytes)];
          const done = await result<{ doneAt: number; rssGrowthMiB: number }>(argv);
          growth.push(done.rssGrowthMiB);
          return done.doneAt;
        }, ''),
    };
    const peers: Side[] = [
      {
        name: 'ncat > file',
        measure: () =>
          timed((folder) => toFile('ncat', ['--recv-only', '127.0.0.1', String(port)], join(folder, 'data')), 'data'),
      },
      {
        name: 'socat -u',
        measure: () =>
          timed(async (folder) => {
            await runProgram('socat', ['-u', `TCP:127.0.0.1:${port}`, `CREATE:${join(folder, 'data')}`]);
            return nowMs();
          }, 'data'),
      },
      {
        name: 'bare Node pipe',
        measure: () =>
          timed(async (folder) => {
            const path = join(folder, 'data');
            return (await result<{ doneAt: number }>([peerProgram('receive'), String(port), path])).doneAt;
          }, 'data'),
      },
    ];
    const what = `${bytes / MIB} MiB`;
    const comparisons = await compare({
      metrics: [{ key: 'rate', what, unit: 'MiB/s', better: 'more' }],
      rounds: Math.min(5, context.rounds),
      app,
      peers: peers.filter(({ name }) => name.startsWith('bare') || hasProgram(name.split(' ')[0] ?? '')),
    });
    return {
      comparisons,
      figures: [
        { what: `RSS growth of the process that receives ${what}`, unit: 'MiB', series: seriesOf('rss', growth) },
      ],
    };
  },
};

export const send: BenchCase = {
  name: 'send',
  title: 'Sending a file',
  about:
    'From accepting the connection until the receiver has the last byte. The console session also records everything it sends in its transcript, so it writes as many bytes to disk as it sends; of its peers only the last one does so too, by `tee`.',
  async run(context) {
    const bytes = (context.quick ? 64 : 512) * MIB;
    const path = await fileOf(bytes, context);
    const sink = new Running([peerProgram('sink')], context);
    const { port } = await sink.next<{ port: number }>();
    const timed = async (run: () => Promise<unknown>) => {
      const running = run();
      const done = await sink.next<{ bytes: number; ms: number }>();
      await running;
      if (done.bytes !== bytes) throw new Error('Bytes are missing.');
      return rate(bytes, done.ms);
    };
    const comparisons = await compare({
      metrics: [{ key: 'rate', what: `${bytes / MIB} MiB`, unit: 'MiB/s', better: 'more' }],
      rounds: Math.min(5, context.rounds),
      app: {
        name: 'console session',
        measure: async () => {
          const folder = await mkdtemp(join(context.folder, 'send-'));
          const measured = await timed(() => result([appProgram('send'), folder, String(port), path]));
          await rm(folder, { recursive: true });
          return measured;
        },
      },
      peers: [
        {
          name: 'ncat < file',
          measure: () => timed(() => fromFile('ncat', ['--send-only', '127.0.0.1', String(port)], path)),
        },
        {
          name: 'socat -u',
          measure: () => timed(() => runProgram('socat', ['-u', `OPEN:${path}`, `TCP:127.0.0.1:${port}`])),
        },
        {
          name: 'bare Node pipe',
          measure: () => timed(() => runProgram(process.execPath, [peerProgram('send'), String(port), path])),
        },
        {
          name: 'socat -u, tee to disk',
          measure: async () => {
            const copy = join(context.folder, 'copy');
            const measured = await timed(() => fromFile('sh', ['-c', TEE_AND_SEND, 'sh', copy, String(port)], path));
            await rm(copy);
            return measured;
          },
        },
      ].filter(({ name }) => name.startsWith('bare') || hasProgram(name.split(' ')[0] ?? '')),
    });
    return { comparisons };
  },
};

const rate = (bytes: number, ms: number) => ({ rate: (bytes / MIB / ms) * 1000 });

async function toFile(program: string, argv: readonly string[], path: string): Promise<number> {
  const file = await open(path, 'w');
  try {
    await runProgram(program, argv, ['ignore', file.fd, 'inherit']);
    return nowMs();
  } finally {
    await file.close();
  }
}

async function fromFile(program: string, argv: readonly string[], path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await runProgram(program, argv, [file.fd, 'ignore', 'inherit']);
  } finally {
    await file.close();
  }
}

/** A file of random bytes that no file system can make small. */
async function fileOf(bytes: number, context: BenchContext): Promise<string> {
  const path = join(context.folder, 'file');
  const file = await open(path, 'w');
  for (let written = 0; written < bytes; written += 8 * MIB) await file.write(randomBytes(8 * MIB));
  await file.close();
  return path;
}
