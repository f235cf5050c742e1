import * as v from 'valibot';
import { CODE_LANGUAGES } from '../../console/exchange/languages.ts';
import { EXPORT_FORMATS } from '../../console/export/formats.ts';
import { LINE_ENDINGS, PAYLOAD_FORMATS, TEXT_ENCODINGS, type PayloadInput } from '../../console/payload/payload.ts';
import type {
  AgentPorts,
  ConsoleChange,
  SavedSession,
  SearchProgress,
  SearchResult,
  Snippet,
  Window,
} from '../../console/service/index.ts';
import type { SessionSnapshot } from '../../console/session/index.ts';
import { DIRECTIONS, ENTRY_KINDS } from '../../console/transcript/entry.ts';
import { call, event, type CallMap, type EventMap } from '../definition.ts';

/** The longest text of one payload, in UTF-16 units. */
export const LONGEST_PAYLOAD = 4 * 1024 * 1024;
/** Rows of one window, and bytes of one row. */
export const MOST_ROWS = 500;
export const MOST_ROW_BYTES = 64 * 1024;

const whole = (least: number, most: number) => v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most));
const text = (most: number, least = 0) => v.pipe(v.string(), v.minLength(least), v.maxLength(most));

const sessionId = v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/, 'it is not the id of a session'));
const host = v.pipe(v.string(), v.trim(), v.minLength(1, 'it is empty'), v.maxLength(253, 'it is too long'));
const port = whole(1, 65_535);
const listenPort = whole(0, 65_535);
const family = v.picklist(['any', 'ipv4', 'ipv6']);
const path = text(4096, 1);
const entryNumber = whole(0, Number.MAX_SAFE_INTEGER);
const connection = whole(0, 0xffff_ffff);

const payload = v.object({
  format: v.picklist(PAYLOAD_FORMATS),
  text: text(LONGEST_PAYLOAD),
  encoding: v.picklist(TEXT_ENCODINGS),
  lineEnding: v.picklist(LINE_ENDINGS),
});

const match = v.variant('kind', [
  v.object({ kind: v.literal('contains'), payload }),
  v.object({ kind: v.literal('prefix'), payload }),
  v.object({ kind: v.literal('regex'), pattern: text(2000, 1), ignoreCase: v.boolean() }),
  v.object({ kind: v.literal('hex-mask'), mask: text(2000, 1) }),
]);

const rule = v.object({
  match,
  reply: payload,
  delayMs: whole(0, 3_600_000),
  times: v.nullable(whole(1, 1_000_000_000)),
});

const responder = v.variant('kind', [
  v.object({ kind: v.literal('none') }),
  v.object({ kind: v.literal('echo') }),
  v.object({ kind: v.literal('led') }),
  v.object({
    kind: v.literal('rules'),
    unit: v.picklist(['chunk', 'line', 'stream']),
    rules: v.pipe(v.array(rule), v.minLength(1, 'there is no rule'), v.maxLength(100)),
  }),
]);

const heartbeat = v.nullable(
  v.object({ payload, everyMs: whole(100, 3_600_000), answerWithinMs: whole(100, 3_600_000) }),
);

const receiveSize = whole(1, 1024 * 1024);

const options = v.variant('kind', [
  v.object({
    kind: v.literal('tcp-client'),
    host,
    port,
    family,
    localPort: v.nullable(port),
    noDelay: v.boolean(),
    keepAlive: v.boolean(),
    connectTimeoutMs: whole(100, 600_000),
    receiveSize,
    reconnect: v.boolean(),
    tls: v.nullable(v.object({ verify: v.boolean(), serverName: text(253) })),
    heartbeat,
    through: v.nullable(text(64, 1)),
  }),
  v.object({
    kind: v.literal('tcp-listener'),
    host,
    port: listenPort,
    backlog: whole(1, 4096),
    noDelay: v.boolean(),
    keepAlive: v.boolean(),
    receiveSize,
    responder,
  }),
  v.object({ kind: v.literal('udp-client'), host, port, family, localPort: v.nullable(port), heartbeat }),
  v.object({ kind: v.literal('udp-listener'), host, port: listenPort, responder }),
]);

const needle = v.object({
  /** `text` is looked for as UTF-8. */
  format: v.picklist(['text', 'hex']),
  text: text(4096, 1),
  ignoreCase: v.boolean(),
});

const view = v.object({
  filter: v.object({
    kinds: v.pipe(v.array(v.picklist(ENTRY_KINDS)), v.maxLength(ENTRY_KINDS.length)),
    directions: v.pipe(v.array(v.picklist(DIRECTIONS)), v.maxLength(DIRECTIONS.length)),
    connection: v.nullable(connection),
    contains: v.nullable(needle),
  }),
  joined: v.boolean(),
});

const recipient = v.union([v.literal('all'), connection]);
const ofSession = { id: sessionId };
const sending = { ...ofSession, to: recipient, payload };

export const consoleCalls = {
  /** Opens a tab and starts to connect or listen; what goes wrong is in its state and its transcript. */
  'console.open': call<SessionSnapshot>()(v.object({ options })),
  'console.list': call<readonly SessionSnapshot[]>()(v.object({})),
  'console.session': call<SessionSnapshot>()(v.object(ofSession)),
  /** Connects or listens again in the same tab. */
  'console.start': call<null>()(v.object(ofSession)),
  'console.stop': call<null>()(v.object(ofSession)),
  'console.close': call<null>()(v.object(ofSession)),
  'console.rename': call<null>()(v.object({ ...ofSession, title: text(200, 1) })),
  'console.setKept': call<null>()(v.object({ ...ofSession, kept: v.boolean() })),
  'console.setPin': call<null>()(v.object({ ...ofSession, n: entryNumber, pinned: v.boolean() })),

  /** Gives how many connections it went to. `remember` puts it into the history. */
  'console.send': call<number>()(v.object({ ...sending, remember: v.boolean() })),
  'console.sendFile': call<number, { readonly sentBytes: number; readonly totalBytes: number }>()(
    v.object({ ...ofSession, to: recipient, path }),
  ),
  'console.repeat': call<null>()(
    v.object({ ...sending, everyMs: whole(10, 3_600_000), times: v.nullable(whole(1, 1_000_000)) }),
  ),
  'console.stopRepeat': call<null>()(v.object(ofSession)),
  'console.endSending': call<null>()(v.object({ ...ofSession, to: recipient })),
  'console.closeConnection': call<null>()(v.object({ ...ofSession, connection, reset: v.boolean() })),
  'console.setRefusing': call<null>()(v.object({ ...ofSession, refusing: v.boolean() })),

  /** `count` rows of a view from a row on, or the last ones there are. */
  'console.window': call<Window>()(
    v.object({
      ...ofSession,
      view,
      from: v.union([entryNumber, v.literal('end')]),
      count: whole(0, MOST_ROWS),
      maxBytes: whole(0, MOST_ROW_BYTES),
    }),
  ),
  /** The row of a view that shows an entry, or the first at or after a time (microseconds). */
  'console.rowOf': call<number>()(
    v.object({
      ...ofSession,
      view,
      at: v.union([
        v.object({ n: entryNumber }),
        v.object({ monoUs: v.pipe(v.number(), v.minValue(0)) }),
        v.object({ wallUs: v.pipe(v.number(), v.minValue(0)) }),
      ]),
    }),
  ),
  /** Bytes of one entry's chunk, at most 1 MiB at a time. */
  'console.bytes': call<Uint8Array>()(
    v.object({ ...ofSession, n: entryNumber, start: entryNumber, length: whole(0, 1024 * 1024) }),
  ),
  'console.search': call<SearchResult, SearchProgress>()(v.object({ ...ofSession, needle })),

  'console.saved': call<readonly SavedSession[]>()(v.object({})),
  'console.openSaved': call<SessionSnapshot>()(v.object(ofSession)),
  'console.deleteSaved': call<null>()(v.object(ofSession)),
  'console.import': call<SessionSnapshot>()(v.object({ path })),
  /** Gives the size of the file in bytes. */
  'console.export': call<number, { readonly writtenBytes: number }>()(
    v.object({
      ...ofSession,
      format: v.picklist(EXPORT_FORMATS),
      connection: v.nullable(connection),
      path,
      overwrite: v.boolean(),
    }),
  ),
  'console.code': call<string>()(
    v.object({
      ...ofSession,
      connection,
      language: v.picklist(CODE_LANGUAGES),
      role: v.picklist(['client', 'server']),
    }),
  ),
  'console.replay': call<SessionSnapshot>()(
    v.object({
      ...ofSession,
      connection,
      role: v.picklist(['client', 'server']),
      pace: v.picklist(['recorded', 'at-once']),
      where: options,
    }),
  ),

  /** The agents of the devices one is signed in to. */
  'console.agents': call<readonly AgentPorts[]>()(v.object({})),
  'console.snippets': call<readonly Snippet[]>()(v.object({})),
  'console.saveSnippet': call<Snippet>()(
    v.object({ name: v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(80)), payload }),
  ),
  'console.deleteSnippet': call<null>()(v.object({ id: text(40, 1) })),
  /** What was sent before, the newest last. */
  'console.history': call<readonly PayloadInput[]>()(v.object({})),
  'console.forgetHistory': call<null>()(v.object({})),

  /** Whether this shell has file dialogs, and a path to suggest where it has none. */
  'console.places': call<{ readonly dialogs: boolean; readonly folder: string }>()(v.object({})),
  'console.suggestName': call<string>()(v.object({ ...ofSession, format: v.picklist(EXPORT_FORMATS) })),
} satisfies CallMap;

export const consoleEvents = {
  /** At most 30 a second: counts only. Rows are asked for with `console.window`. */
  'console.changed': event<ConsoleChange>(),
  /** An agent came, went, or is reached otherwise than before: `console.agents` tells how. */
  'console.agentsChanged': event<{ readonly deviceId: string }>(),
} satisfies EventMap;

export type { ConsoleChange, SessionNotice } from '../../console/service/index.ts';
export type {
  AgentPorts,
  SavedSession,
  SearchProgress,
  SearchResult,
  Snippet,
  Window,
  WindowRow,
} from '../../console/service/index.ts';
export type {
  ConnectionSnapshot,
  ResponderOptions,
  ResponderRule,
  RuleMatch,
  SessionOptions,
  SessionSnapshot,
  SessionState,
  TcpClientOptions,
  TcpListenerOptions,
  UdpClientOptions,
  UdpListenerOptions,
} from '../../console/session/index.ts';
export type { CodeLanguage } from '../../console/exchange/index.ts';
export type { ExportFormat } from '../../console/export/index.ts';
export type { Direction, EntryDetail, EntryKind } from '../../console/transcript/index.ts';
export type { CertificateSummary, Problem } from '../../console/problem/index.ts';
