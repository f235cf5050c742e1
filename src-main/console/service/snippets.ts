import { randomBytes } from 'node:crypto';
import * as v from 'valibot';
import { AppError } from '../../errors/index.ts';
import { JsonFile, type SetAside } from '../../storage/index.ts';
import { LINE_ENDINGS, PAYLOAD_FORMATS, TEXT_ENCODINGS, type PayloadInput } from '../payload/index.ts';

const MOST_SNIPPETS = 200;
const MOST_HISTORY = 200;

const payloadSchema = v.object({
  format: v.picklist(PAYLOAD_FORMATS),
  text: v.string(),
  encoding: v.picklist(TEXT_ENCODINGS),
  lineEnding: v.picklist(LINE_ENDINGS),
});

const fileSchema = v.object({
  version: v.literal(1),
  snippets: v.array(v.object({ id: v.string(), name: v.string(), payload: payloadSchema })),
  history: v.array(payloadSchema),
});

/** A payload with a name. */
export interface Snippet {
  readonly id: string;
  readonly name: string;
  readonly payload: PayloadInput;
  /** Comes with the app and cannot be changed. */
  readonly builtIn: boolean;
}

const python = (text: string): PayloadInput => ({ format: 'python', text, encoding: 'utf-8', lineEnding: 'none' });
const line = (text: string): PayloadInput => ({ format: 'text', text, encoding: 'utf-8', lineEnding: 'crlf' });

/** What the course sends, and what shows how text protocols talk. */
const BUILT_IN: readonly Snippet[] = [
  ['http-get', 'HTTP GET', python("b'GET / HTTP/1.1\\r\\nHost: raspberrypi.local\\r\\nConnection: close\\r\\n\\r\\n'")],
  ['ftp-greeting', 'FTP greeting (server)', line('220 Welcome to the practice FTP server')],
  ['ftp-user', 'FTP anonymous log-in: user', line('USER anonymous')],
  ['ftp-password', 'FTP anonymous log-in: password', line('PASS student@example.org')],
  ['smtp-ehlo', 'SMTP EHLO', line('EHLO raspberrypi.local')],
  ['led-on', 'LED on', python("b'ON'")],
  ['led-off', 'LED off', python("b'OFF'")],
  ['led-toggle', 'LED toggle', python("b'TOGGLE'")],
  ['led-status', 'LED status', python("b'STATUS'")],
  ['led-info', 'LED agent: information', python("b'INFO'")],
  ['led-watch', 'LED agent: watch changes', python("b'WATCH'")],
  ['led-blink', 'LED blink every 500 ms', python("b'BLINK 500\\n'")],
  ['led-pulse', 'LED pulse of 200 ms', python("b'PULSE 200\\n'")],
].map(([id, name, payload]) => ({ id, name, payload, builtIn: true }) as Snippet);

/** Saved payloads and what was sent before, kept in one file. */
export class SnippetStore {
  readonly #file: JsonFile<typeof fileSchema>;
  #loaded: Promise<v.InferOutput<typeof fileSchema>> | null = null;

  constructor(path: string, onSetAside?: (aside: SetAside) => void) {
    this.#file = new JsonFile({
      path,
      schema: fileSchema,
      fallback: { version: 1, snippets: [], history: [] },
      onSetAside,
    });
  }

  /** Those of the user first, then those that come with the app. */
  async list(): Promise<Snippet[]> {
    const { snippets } = await this.#load();
    return [...snippets.map((one) => ({ ...one, builtIn: false })), ...BUILT_IN];
  }

  /** Adds a snippet, or replaces the user's one of the same name. */
  async save(name: string, payload: PayloadInput): Promise<Snippet> {
    const data = await this.#load();
    const others = data.snippets.filter((one) => one.name !== name);
    if (others.length >= MOST_SNIPPETS) {
      throw new AppError('TOO_MANY', `${MOST_SNIPPETS} snippets are saved.`, { hint: 'Delete some first.' });
    }
    const snippet = { id: randomBytes(6).toString('hex'), name, payload };
    data.snippets = [...others, snippet];
    await this.#file.write(data);
    return { ...snippet, builtIn: false };
  }

  async delete(id: string): Promise<void> {
    const data = await this.#load();
    data.snippets = data.snippets.filter((one) => one.id !== id);
    await this.#file.write(data);
  }

  /** What was sent before, the newest last. */
  async history(): Promise<PayloadInput[]> {
    return (await this.#load()).history;
  }

  /** Adds what was sent, unless it is the same as the last. */
  async remember(payload: PayloadInput): Promise<void> {
    const data = await this.#load();
    if (JSON.stringify(data.history.at(-1)) === JSON.stringify(payload)) return;
    data.history = [...data.history, payload].slice(-MOST_HISTORY);
    await this.#file.write(data);
  }

  async forgetHistory(): Promise<void> {
    const data = await this.#load();
    data.history = [];
    await this.#file.write(data);
  }

  #load(): Promise<v.InferOutput<typeof fileSchema>> {
    this.#loaded ??= this.#file.read();
    return this.#loaded;
  }
}
