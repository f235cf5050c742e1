import { AppError } from '../../errors/index.ts';
import { wholeEntries } from '../export/entry-stream.ts';
import type { SessionOptions } from '../session/index.ts';
import { decodeDetails, type Entry, type TranscriptSource } from '../transcript/index.ts';

/** Which end of a connection. */
export type Role = 'client' | 'server';

/** One thing that one end did. */
export type ExchangeStep =
  | {
      readonly kind: 'data';
      readonly from: Role;
      /** The chunks as they were handed over or came. */
      readonly chunks: readonly Uint8Array[];
      /** Microseconds since the step before. */
      readonly gapUs: number;
    }
  /** That end sends nothing more. */
  | { readonly kind: 'end'; readonly from: Role; readonly gapUs: number };

/** What two ends said to each other on one connection, without who recorded it. */
export interface Exchange {
  readonly transport: 'tcp' | 'udp';
  readonly host: string;
  readonly port: number;
  readonly tls: { readonly verify: boolean; readonly serverName: string } | null;
  /** The end that the recording was made at. */
  readonly recordedAt: Role;
  readonly steps: readonly ExchangeStep[];
}

interface MutableStep {
  kind: 'data' | 'end';
  from: Role;
  chunks: Uint8Array[];
  gapUs: number;
}

/**
 * The exchange of one connection of a transcript. Raises `NOTHING_RECORDED` when it carried nothing and `TOO_LARGE` when
 * it carried more than `maxBytes`.
 */
export async function readExchange(
  source: TranscriptSource,
  options: SessionOptions,
  which: { readonly connection: number; readonly maxBytes: number },
  signal?: AbortSignal,
): Promise<Exchange> {
  const recordedAt: Role = options.kind === 'tcp-client' || options.kind === 'udp-client' ? 'client' : 'server';
  const builder = new StepBuilder(recordedAt);
  let bytes = 0;
  let { port } = options;
  for await (const entry of wholeEntries(source, source.written, signal)) {
    if (port === 0) port = listenedOn(entry) ?? 0;
    if (entry.connection !== which.connection) continue;
    if (entry.kind === 'data') bytes += entry.length;
    if (bytes > which.maxBytes) throw tooLarge(which.maxBytes);
    builder.add(entry);
  }
  if (bytes === 0) {
    throw new AppError('NOTHING_RECORDED', 'Nothing was sent or received on this connection.', {
      hint: 'Choose a connection that carried something.',
    });
  }
  return {
    transport: options.kind.startsWith('udp') ? 'udp' : 'tcp',
    host: options.host,
    port,
    tls: options.kind === 'tcp-client' ? options.tls : null,
    recordedAt,
    steps: builder.steps,
  };
}

/** The port a listener got from the system. */
function listenedOn(entry: Entry): number | null {
  const detail = entry.kind === 'listen' ? decodeDetails(entry) : null;
  return detail?.kind === 'listen' ? detail.local.port : null;
}

function tooLarge(maxBytes: number): AppError {
  return new AppError('TOO_LARGE', `This connection carried more than ${(maxBytes / 1024).toLocaleString('en')} KiB.`, {
    hint: 'Export it as a file instead.',
  });
}

/** Gathers neighbouring chunks of one end into one step. */
class StepBuilder {
  readonly #here: Role;
  readonly #steps: MutableStep[] = [];
  #lastUs: number | null = null;

  constructor(here: Role) {
    this.#here = here;
  }

  get steps(): ExchangeStep[] {
    return this.#steps;
  }

  add(entry: Entry): void {
    if (entry.direction === 'none') return;
    if (entry.kind !== 'data' && entry.kind !== 'half-close') return;
    const there: Role = this.#here === 'client' ? 'server' : 'client';
    const from = entry.direction === 'sent' ? this.#here : there;
    const gapUs = this.#lastUs === null ? 0 : entry.monoUs - this.#lastUs;
    this.#lastUs = entry.monoUs;
    if (entry.kind === 'half-close') {
      this.#steps.push({ kind: 'end', from, chunks: [], gapUs });
      return;
    }
    const last = this.#steps.at(-1);
    if (last?.kind === 'data' && last.from === from) last.chunks.push(entry.bytes);
    else this.#steps.push({ kind: 'data', from, chunks: [entry.bytes], gapUs });
  }
}

/** Bytes of a data step, joined. */
export function stepBytes(step: ExchangeStep): Uint8Array {
  return step.kind === 'data' ? Buffer.concat(step.chunks) : new Uint8Array(0);
}
