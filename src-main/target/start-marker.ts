import { randomBytes } from 'node:crypto';
import { Transform, type TransformCallback } from 'node:stream';
import { quote } from './quote.ts';
import type { Command } from './target.ts';

/**
 * Says where a command's own output starts. A login shell may print before it (a noisy `.bashrc`, a banner): whatever
 * comes ahead of the marker is thrown away, on both outputs.
 */
export interface StartMarker {
  readonly text: string;
}

export function newStartMarker(): StartMarker {
  return { text: `pi-workbench-${randomBytes(8).toString('hex')}` };
}

/**
 * A line for the far login shell. It replaces itself by `sh`, which prints the marker and its process id on stdout, the
 * marker on stderr, and then runs the command. The id is also the id of the process group, as sshd starts each command
 * in a session of its own.
 */
export function markedCommandLine(command: Command, marker: StartMarker): string {
  return `exec /bin/sh -c ${markedScript(command, marker).map(quote).join(' ')}`;
}

/** The words after `sh -c`: a script that prints the marker first, and its arguments. */
export function markedScript(command: Command, marker: StartMarker): readonly string[] {
  const prelude = `printf '%s %s\\n' ${marker.text} $$; printf '%s\\n' ${marker.text} >&2`;
  if ('script' in command) return [`${prelude}\n${command.script}`];
  return [`${prelude}; exec "$@"`, 'sh', ...command.argv];
}

/** Bytes looked through for the marker; a start-up file that prints more is taken for the command's own output. */
const MAX_NOISE = 1024 * 1024;

/** Passes on what follows the marker's line. When the marker never comes, everything is passed on. */
export class AfterMarker extends Transform {
  readonly #marker: Buffer;
  readonly #onMarker: (rest: string) => void;
  #held: Buffer | null = Buffer.alloc(0);

  /** `onMarker` gets what stood on the marker's line after it. */
  constructor(marker: StartMarker, onMarker: (rest: string) => void = () => undefined) {
    super();
    this.#marker = Buffer.from(marker.text);
    this.#onMarker = onMarker;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    if (this.#held === null) {
      done(null, chunk);
      return;
    }
    const held = Buffer.concat([this.#held, chunk]);
    const start = held.indexOf(this.#marker);
    const end = start < 0 ? -1 : held.indexOf('\n', start);
    if (end < 0) {
      const givenUp = held.length > MAX_NOISE;
      this.#held = givenUp ? null : held;
      done(null, givenUp ? held : undefined);
      return;
    }
    this.#held = null;
    this.#onMarker(held.toString('utf8', start + this.#marker.length, end).trim());
    done(null, held.subarray(end + 1));
  }

  override _flush(done: TransformCallback): void {
    const held = this.#held;
    this.#held = null;
    done(null, held && held.length > 0 ? held : undefined);
  }
}
