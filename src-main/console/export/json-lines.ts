import * as v from 'valibot';
import { AppError, type AppErrorOptions } from '../../errors/index.ts';
import type { SessionOptions } from '../session/index.ts';
import {
  decodeDetails,
  DIRECTIONS,
  ENTRY_KINDS,
  encodeDetails,
  type DetailKind,
  type Entry,
  type EntryDetails,
  type Transcript,
  type TranscriptSource,
} from '../transcript/index.ts';
import { wholeEntries } from './entry-stream.ts';

/** What the first line says of the session. */
export interface JsonLinesHeader {
  readonly title: string;
  readonly options: SessionOptions;
  readonly createdAt: number;
}

const FORMAT = 'pi-workbench-session';

/**
 * One JSON object a line: first the session, then each entry with its number, both times in microseconds, kind,
 * direction and connection; data as `base64`, and as `text` too where it is plain UTF-8; anything else as `detail`.
 */
export async function* jsonLinesExport(
  header: JsonLinesHeader,
  source: TranscriptSource,
  end: number,
  signal?: AbortSignal,
): AsyncGenerator<string> {
  yield `${JSON.stringify({ format: FORMAT, version: 1, ...header })}\n`;
  for await (const entry of wholeEntries(source, end, signal)) yield `${JSON.stringify(entryObject(entry))}\n`;
}

function entryObject(entry: Entry): object {
  const { n, monoUs, wallUs, kind, direction, connection } = entry;
  const head = { n, monoUs, wallUs, kind, direction, connection };
  if (kind !== 'data') return { ...head, detail: { ...decodeDetails(entry), kind: undefined } };
  const bytes = Buffer.from(entry.bytes.buffer, entry.bytes.byteOffset, entry.bytes.length);
  const text = bytes.toString('utf8');
  const plain = Buffer.from(text, 'utf8').equals(bytes);
  return { ...head, length: entry.length, base64: bytes.toString('base64'), ...(plain ? { text } : {}) };
}

const microseconds = v.pipe(v.number(), v.minValue(0));

const headerSchema = v.object({
  format: v.literal(FORMAT),
  version: v.literal(1),
  title: v.pipe(v.string(), v.maxLength(200)),
  options: v.looseObject({
    kind: v.picklist(['tcp-client', 'tcp-listener', 'udp-client', 'udp-listener']),
    host: v.pipe(v.string(), v.maxLength(255)),
    port: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535)),
  }),
  createdAt: v.number(),
});

const entrySchema = v.object({
  monoUs: microseconds,
  wallUs: microseconds,
  kind: v.picklist(ENTRY_KINDS),
  direction: v.picklist(DIRECTIONS),
  connection: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xffff_ffff)),
  base64: v.optional(v.pipe(v.string(), v.base64())),
  detail: v.optional(v.nullable(v.looseObject({}))),
});

/** Reads the first line. Raises `NOT_A_TRANSCRIPT`. */
export function parseJsonLinesHeader(line: string): JsonLinesHeader {
  const { title, options, createdAt } = parseLine(headerSchema, line, 1);
  return { title, createdAt, options: options as unknown as SessionOptions };
}

/** Reads one further line into a transcript. Raises `NOT_A_TRANSCRIPT` with the line's number. */
export function importJsonLine(line: string, number: number, transcript: Transcript): void {
  const entry = parseLine(entrySchema, line, number);
  const { kind, direction, connection, monoUs, wallUs } = entry;
  const times = { monoUs, wallUs };
  if (kind === 'data') {
    if (direction === 'none') throw badLine(number);
    const bytes = Buffer.from(entry.base64 ?? '', 'base64');
    transcript.appendData({ direction, connection, bytes }, times);
    return;
  }
  const details = { ...entry.detail } as EntryDetails[DetailKind];
  if (encodeDetails(details).length > 65_536) throw badLine(number);
  transcript.appendDetails(kind, direction, connection, details, times);
}

function parseLine<S extends v.GenericSchema>(schema: S, line: string, number: number): v.InferOutput<S> {
  try {
    return v.parse(schema, JSON.parse(line));
  } catch (thrown) {
    if (thrown instanceof SyntaxError || v.isValiError(thrown)) throw badLine(number, thrown);
    throw thrown;
  }
}

function badLine(line: number, cause?: unknown): AppError {
  return notATranscript(`Line ${line} is not a line of a saved session.`, { details: { line }, cause });
}

/** A file that is no export, in the words of whoever noticed it. */
export function notATranscript(message: string, more: Pick<AppErrorOptions, 'details' | 'cause'> = {}): AppError {
  return new AppError('NOT_A_TRANSCRIPT', message, {
    hint: 'Choose a JSON Lines file that was exported from the console.',
    ...more,
  });
}
