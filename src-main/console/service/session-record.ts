import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { AppError, systemCode } from '../../errors/index.ts';
import { writeAtomically } from '../../storage/index.ts';
import { hostAndPort } from '../problem/index.ts';
import type { SessionOptions } from '../session/index.ts';

const RECORD_FILE = 'session.json';

const count = v.pipe(v.number(), v.integer(), v.minValue(0));

const schema = v.object({
  version: v.literal(1),
  id: v.string(),
  title: v.string(),
  /** Written by this app and shown only; what is opened anew goes through the contract's own check. */
  options: v.custom<SessionOptions>((value) => typeof value === 'object' && value !== null && 'kind' in value),
  createdAt: v.number(),
  closedAt: v.nullable(v.number()),
  /** False while it is written to, and so after a crash. */
  closedProperly: v.boolean(),
  kept: v.boolean(),
  pins: v.array(count),
  entries: count,
  connectionCount: count,
  totals: v.object({ sentBytes: count, receivedBytes: count, sentChunks: count, receivedChunks: count }),
});

/** What is kept of a session beside its transcript. */
export type SessionRecord = v.InferOutput<typeof schema>;

export async function writeSessionRecord(folder: string, record: SessionRecord): Promise<void> {
  await writeAtomically(join(folder, RECORD_FILE), `${JSON.stringify(record, null, 2)}\n`);
}

/** Raises `NOT_A_TRANSCRIPT` when the folder holds no session. */
export async function readSessionRecord(folder: string): Promise<SessionRecord> {
  try {
    return v.parse(schema, JSON.parse(await readFile(join(folder, RECORD_FILE), 'utf8')));
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError) && !v.isValiError(thrown) && systemCode(thrown) !== 'ENOENT') throw thrown;
    throw new AppError('NOT_A_TRANSCRIPT', 'There is no saved session in this folder.', { cause: thrown });
  }
}

/** The name a session gets from what it connects to. */
export function titleOf(options: SessionOptions): string {
  const where = hostAndPort(options.host, options.port);
  switch (options.kind) {
    case 'tcp-client':
      return where;
    case 'tcp-listener':
      return `Listen ${where}`;
    case 'udp-client':
      return `UDP ${where}`;
    case 'udp-listener':
      return `UDP listen ${where}`;
  }
}
