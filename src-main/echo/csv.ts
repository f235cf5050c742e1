import { FATE } from './ledger.ts';

/** What is kept of every round: when it was sent (ms), its round trip (ms, NaN for none) and its fate. */
export interface RoundData {
  readonly sentAt: Float64Array;
  readonly rtt: Float32Array;
  readonly fate: Uint8Array;
}

const RESULT: Readonly<Record<number, string>> = {
  [FATE.open]: 'unanswered',
  [FATE.overdue]: 'lost',
  [FATE.matched]: 'matched',
  [FATE.reordered]: 'reordered',
  [FATE.corrupted]: 'corrupted',
  [FATE.lost]: 'lost',
};

const LINES_PER_PART = 10_000;

/** RFC 4180 with a header line and CRLF; times in milliseconds with a point, whatever the language of the system. */
export function* csvParts({ sentAt, rtt, fate }: RoundData): Generator<string> {
  let lines = ['round,sent_ms,round_trip_ms,result'];
  for (let index = 0; index < sentAt.length; index += 1) {
    const trip = rtt[index] as number;
    const time = Number.isNaN(trip) ? '' : trip.toFixed(4);
    lines.push(`${index + 1},${(sentAt[index] as number).toFixed(3)},${time},${RESULT[fate[index] as number] ?? ''}`);
    if (lines.length < LINES_PER_PART) continue;
    yield `${lines.join('\r\n')}\r\n`;
    lines = [];
  }
  if (lines.length > 0) yield `${lines.join('\r\n')}\r\n`;
}
