import type { TranscriptSource } from '../transcript/index.ts';
import { wholeEntries } from './entry-stream.ts';

/** The bytes of one direction and nothing else: of one connection, or of all in the order they came. */
export async function* rawExport(
  source: TranscriptSource,
  end: number,
  which: { readonly direction: 'sent' | 'received'; readonly connection: number | null },
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for await (const entry of wholeEntries(source, end, signal)) {
    if (entry.kind !== 'data' || entry.direction !== which.direction) continue;
    if (which.connection === null || entry.connection === which.connection) yield entry.bytes;
  }
}
