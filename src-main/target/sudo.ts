import { randomBytes } from 'node:crypto';
import { PassThrough, Transform, type TransformCallback } from 'node:stream';
import { AppError } from '../errors/index.ts';
import { quote } from './quote.ts';
import { asText, runToEnd } from './run-to-end.ts';
import { AfterMarker, markedScript, newStartMarker, type StartMarker } from './start-marker.ts';
import type { Command, ExecOptions, ExecResult, RunningProcess } from './target.ts';

export interface SudoOptions extends ExecOptions {
  /** Without it only a sudo that asks for none works. Goes to sudo's stdin and nowhere else. */
  readonly password?: string;
}

type Spawn = (command: Command, options: { readonly signal?: AbortSignal }) => Promise<RunningProcess>;

/**
 * Runs a command as root. The password is written to sudo's stdin, without a terminal that could echo it, and only when
 * sudo's own prompt, a random text, is seen (ssh2#1300, node-ssh#378); the command's input follows once the command has
 * started. Someone who is root already needs no sudo. Raises `SUDO_PASSWORD_REQUIRED`, `SUDO_WRONG_PASSWORD`,
 * `SUDO_NOT_ALLOWED`, `SUDO_MISSING`, `SUDO_NEEDS_TTY`, `SUDO_FAILED`, and what `exec` raises.
 */
export async function runSudo(spawn: Spawn, command: Command, options: SudoOptions): Promise<ExecResult> {
  const { password } = options;
  if (password !== undefined && /[\n\r\0]/.test(password)) throw wrongPassword();
  const started = newStartMarker();
  const prompt = `[pi-workbench-${randomBytes(8).toString('hex')}]`;
  const failed = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, failed.signal]) : failed.signal;

  const child = await spawn({ script: sudoScript(command, started, prompt, password !== undefined) }, { signal });
  const conversation = new Conversation(started, prompt, () => {
    if (conversation.prompts > 1 || password === undefined) failed.abort(wrongPassword());
    else child.stdin.write(`${password}\n`);
  });
  const input = new PassThrough();
  conversation.once('started', () => input.pipe(child.stdin));
  let pid = '';
  const root: RunningProcess = {
    stdin: input,
    stdout: child.stdout.pipe(new AfterMarker(started, (rest) => (pid = rest))),
    stderr: child.stderr.pipe(conversation),
    exited: child.exited,
    kill: (signalName) => {
      if (pid !== '') void killAsRoot(spawn, pid, password);
      child.kill(signalName);
    },
  };
  child.stdin.on('error', () => undefined);
  const result = await runToEnd(root, { ...options, signal });
  if (!conversation.hasStarted) throw sudoFailure(conversation.before, password !== undefined);
  return asText(result);
}

function sudoScript(command: Command, started: StartMarker, prompt: string, hasPassword: boolean): string {
  const inner = markedScript(command, started).map(quote).join(' ');
  const ask = hasPassword ? `-S -k -p ${quote(prompt)}` : '-n';
  return [
    // sudo's messages are read below, so they must be in English.
    'LC_ALL=C LANGUAGE=C; export LC_ALL LANGUAGE',
    `if [ "$(id -u)" = 0 ]; then exec /bin/sh -c ${inner}; fi`,
    "command -v sudo >/dev/null 2>&1 || { echo 'sudo: not installed' >&2; exit 127; }",
    `exec sudo ${ask} -- /bin/sh -c ${inner}`,
  ].join('\n');
}

/** A command of root ignores the signals of its user; it is ended the way it was started, as well as that goes. */
async function killAsRoot(spawn: Spawn, pid: string, password: string | undefined): Promise<void> {
  const script = `kill -TERM -- "-$(ps -o pgid= -p ${quote(pid)} | tr -d ' ')" 2>/dev/null || kill -TERM ${quote(pid)}`;
  try {
    await runSudo(spawn, { script }, { password, timeoutMs: 10_000 });
  } catch (thrown) {
    // The connection may be gone, and with it the way to end anything: the command's own error is already raised.
    AppError.from(thrown);
  }
}

/** Listens on sudo's stderr: counts prompts, notices the start of the command, keeps what sudo said before that. */
class Conversation extends Transform {
  hasStarted = false;
  prompts = 0;
  before = '';
  readonly #started: string;
  readonly #prompt: string;
  readonly #onPrompt: () => void;

  constructor(started: StartMarker, prompt: string, onPrompt: () => void) {
    super();
    this.#started = `${started.text}\n`;
    this.#prompt = prompt;
    this.#onPrompt = onPrompt;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    if (this.hasStarted) {
      done(null, chunk);
      return;
    }
    // latin1 keeps every byte as one character, so that what follows the marker is passed on unchanged.
    this.before += chunk.toString('latin1');
    for (let at = this.before.indexOf(this.#prompt); at >= 0; at = this.before.indexOf(this.#prompt)) {
      this.before = this.before.slice(0, at) + this.before.slice(at + this.#prompt.length);
      this.prompts += 1;
      this.#onPrompt();
    }
    const start = this.before.indexOf(this.#started);
    if (start < 0) {
      done();
      return;
    }
    const rest = this.before.slice(start + this.#started.length);
    this.before = this.before.slice(0, start);
    this.hasStarted = true;
    this.emit('started');
    done(null, Buffer.from(rest, 'latin1'));
  }
}

function wrongPassword(): AppError {
  return new AppError('SUDO_WRONG_PASSWORD', 'sudo did not accept the password.', {
    hint: 'It is the password of the user signed in. Type it again.',
  });
}

/** What sudo's own words mean (sudo 1.8 to 1.9 and sudo-rs). */
function sudoFailure(said: string, hadPassword: boolean): AppError {
  const cause = said.trim();
  if (/not in the sudoers|not allowed to (execute|run)|may not run sudo|I'm afraid I can't/i.test(said)) {
    return new AppError('SUDO_NOT_ALLOWED', 'This user may not use sudo.', {
      hint: 'Sign in as a user who may, or deploy without root rights.',
      cause,
    });
  }
  if (/sudo: not (installed|found)|sudo: command not found/i.test(said)) {
    return new AppError('SUDO_MISSING', 'sudo is not installed on the device.', {
      hint: 'Sign in as root, or deploy without root rights.',
      cause,
    });
  }
  if (/must have a tty/i.test(said)) {
    return new AppError('SUDO_NEEDS_TTY', 'sudo on this device works only in a terminal.', {
      hint: 'Remove "requiretty" from /etc/sudoers, or deploy without root rights.',
      cause,
    });
  }
  if (hadPassword && /incorrect password|try again|no password was provided/i.test(said)) return wrongPassword();
  if (/password is required|terminal is required|askpass|interactive authentication/i.test(said)) {
    return new AppError('SUDO_PASSWORD_REQUIRED', 'sudo asks for a password.', {
      hint: 'Type the password of the user signed in.',
      cause,
    });
  }
  return new AppError('SUDO_FAILED', 'sudo could not start the command.', {
    hint: 'Try "sudo true" in the terminal of this device and see what it says.',
    cause,
  });
}
