import { createInterface, type Interface } from 'node:readline';
import * as v from 'valibot';
import { AppError } from '../../errors/index.ts';
import type { RunningProcess, Target } from '../../target/target.ts';
import { diskFull } from '../../target/upload/upload-error.ts';
import type { LockOwner } from '../installation.ts';
import type { Release } from '../release.ts';
import { MANAGER_TEXT } from './index.ts';

/**
 * Reads the manager as one line of base64 from its input and runs it there: no file is needed for it yet, and the
 * command line stays short (Dropbear takes 9000 bytes).
 */
const BOOTSTRAP = [
  "let text='';",
  'const take=(bytes)=>{',
  "text+=bytes.toString('latin1');",
  "const end=text.indexOf('\\n');",
  'if(end<0)return;',
  "process.stdin.off('data',take);process.stdin.pause();",
  "process.stdin.unshift(Buffer.from(text.slice(end+1),'latin1'));",
  "new Function('require',Buffer.from(text.slice(0,end),'base64').toString())(require)};",
  "process.stdin.on('data',take)",
].join('');

const replySchema = v.union([
  v.object({ ready: v.literal(true) }),
  v.object({ number: v.number(), done: v.record(v.string(), v.unknown()) }),
  v.object({
    number: v.number(),
    failed: v.object({ message: v.string(), code: v.nullable(v.string()) }),
  }),
  v.object({ number: v.number(), waiting: v.object({ pid: v.number(), by: v.string(), since: v.number() }) }),
]);
type Reply = v.InferOutput<typeof replySchema>;

const beginSchema = v.object({ incoming: v.string(), here: v.array(v.string()) });
const lockSchema = v.object({ waitedFor: v.nullable(v.object({ by: v.string() })) });

/** Milliseconds between two signs of life; the program gives up after 30 s without one. */
const PULSE_MS = 5_000;
/** The program's exit code after that, as in `led-manager.cjs`. */
const SILENCE_CODE = 3;

export interface SessionOptions {
  /** Absolute path of `node` on the target. */
  readonly node: string;
  readonly folder: string;
  readonly signal: AbortSignal;
}

/**
 * One program on the target for one deployment. It holds the lock of the agent's folder from `lock` to `close`; when the
 * connection breaks in between, it puts back what it had begun to change and gives the lock free.
 */
export class ManagerSession {
  readonly #process: RunningProcess;
  readonly #target: Target;
  readonly #given: Pick<SessionOptions, 'node' | 'folder'>;
  readonly #lines: Interface;
  readonly #pulse: NodeJS.Timeout;
  readonly #waiting = new Map<number, { resolve(reply: Reply): void; reject(error: AppError): void }>();
  #onWait: (owner: Omit<LockOwner, 'boot'>) => void = () => undefined;
  #number = 0;
  #stderr = '';
  #ended: AppError | null = null;
  #by = '';

  private constructor(process: RunningProcess, target: Target, given: Pick<SessionOptions, 'node' | 'folder'>) {
    this.#process = process;
    this.#target = target;
    this.#given = given;
    this.#lines = createInterface({ input: process.stdout });
    process.stdin.on('error', () => undefined);
    this.#pulse = setInterval(() => process.stdin.write('\n'), PULSE_MS);
    process.stderr
      .setEncoding('utf8')
      .on('data', (text: string) => (this.#stderr = (this.#stderr + text).slice(-2000)));
    void process.exited.then(
      ({ code, signal }) => this.#end(this.#unexpectedEnd(code, signal)),
      (thrown: unknown) => this.#end(AppError.from(thrown)),
    );
  }

  /** Starts it. Raises `MANAGER_FAILED` when Node does not run it. */
  static async open(target: Target, { node, folder, signal }: SessionOptions): Promise<ManagerSession> {
    signal.throwIfAborted();
    const process = await target.spawn({ argv: [node, '-e', BOOTSTRAP, 'led-manager', 'session', folder] });
    const session = new ManagerSession(process, target, { node, folder });
    const ready = session.#expect(0);
    session.#lines.on('line', (line) => session.#take(line));
    process.stdin.write(`${Buffer.from(MANAGER_TEXT).toString('base64')}\n`);
    await ready;
    return session;
  }

  /** Waits for the lock of the folder. Raises `CANCELLED` when the signal is aborted meanwhile. */
  async lock(
    by: string,
    signal: AbortSignal,
    onWait: (owner: Omit<LockOwner, 'boot'>) => void,
  ): Promise<{ readonly waited: boolean }> {
    this.#by = by;
    this.#onWait = onWait;
    const cancel = (): void => this.#process.kill('SIGTERM');
    signal.addEventListener('abort', cancel, { once: true });
    try {
      const { waitedFor } = v.parse(lockSchema, await this.#ask('lock', { by }));
      return { waited: waitedFor !== null };
    } catch (thrown) {
      throw signal.aborted ? new AppError('CANCELLED', 'Cancelled.', { cause: thrown }) : thrown;
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  }

  /** A new folder for the files of a release; `here` names those that are in it already. */
  async begin(release: Pick<Release, 'id' | 'files'>): Promise<{ readonly incoming: string; readonly here: string[] }> {
    return v.parse(beginSchema, await this.#ask('begin', { id: release.id, files: release.files }));
  }

  /** Sends one file over the session's own channel, where SFTP does not work. */
  async put(name: string, bytes: Uint8Array): Promise<void> {
    await this.#ask('put', { name, base64: Buffer.from(bytes).toString('base64') });
  }

  async commit(release: Release): Promise<void> {
    await this.#ask('commit', { release });
  }

  /** Makes the secret of `--access token`, unless there is one. */
  async makeToken(): Promise<void> {
    await this.#ask('token', { replace: false });
  }

  /** Makes another secret in place of the one that is there; the agent reads it when it starts. */
  async replaceToken(): Promise<void> {
    await this.#ask('token', { replace: true });
  }

  /** Starts a release as a plain process in place of what runs; `before` is what comes back when it does not work. */
  async startPlain(id: string, before: string | null): Promise<void> {
    await this.#ask('start-plain', { id, before });
  }

  /** Stops the plain process `before`, in whose place a release that is none is tried. */
  async stopPlain(id: string, before: string): Promise<void> {
    await this.#ask('stop-plain', { id, before });
  }

  /** Puts back what ran before. Where this program was killed, another one does so as it takes its lock over. */
  async restore(): Promise<void> {
    try {
      await this.#ask('restore', {});
    } catch (thrown) {
      if (this.#ended === null) throw thrown;
      await this.#restoreBySuccessor();
    }
  }

  async switchTo(id: string): Promise<void> {
    await this.#ask('switch', { id });
  }

  /** Gives the lock free and ends the program. */
  async close(): Promise<void> {
    clearInterval(this.#pulse);
    this.#process.stdin.end();
    if (this.#ended) return;
    try {
      await this.#process.exited;
    } catch (thrown) {
      // The connection is gone, and the program with it: it was told so by the end of its input.
      this.#end(AppError.from(thrown));
    }
  }

  async #restoreBySuccessor(): Promise<void> {
    const { signal } = new AbortController();
    const successor = await ManagerSession.open(this.#target, { ...this.#given, signal });
    try {
      await successor.lock(this.#by, signal, () => undefined);
    } finally {
      await successor.close();
    }
  }

  async #ask(command: string, args: Record<string, unknown>): Promise<Record<string, unknown>> {
    if (this.#ended) throw this.#ended;
    const number = ++this.#number;
    const reply = this.#expect(number);
    this.#process.stdin.write(`${JSON.stringify({ number, command, ...args })}\n`);
    const answer = await reply;
    if ('done' in answer) return answer.done;
    if ('failed' in answer) throw this.#failure(command, answer.failed);
    throw new AppError('MANAGER_FAILED', `The program on ${this.#target.name} gave an answer that makes no sense.`);
  }

  #expect(number: number): Promise<Reply> {
    const reply = new Promise<Reply>((resolve, reject) => this.#waiting.set(number, { resolve, reject }));
    return reply.finally(() => this.#waiting.delete(number));
  }

  #take(line: string): void {
    const reply = parseReply(line);
    if (reply === null) return;
    if ('waiting' in reply) this.#onWait(reply.waiting);
    else this.#waiting.get('number' in reply ? reply.number : 0)?.resolve(reply);
  }

  #end(error: AppError): void {
    clearInterval(this.#pulse);
    this.#lines.close();
    this.#ended = error;
    for (const { reject } of this.#waiting.values()) reject(error);
  }

  #unexpectedEnd(code: number | null, signal: string | null): AppError {
    if (code === SILENCE_CODE) {
      return new AppError('MANAGER_FAILED', `${this.#target.name} heard nothing from this computer for a while.`, {
        hint: 'The network may have been gone, or this computer asleep. Deploy again.',
      });
    }
    return new AppError('MANAGER_FAILED', `The program that works on ${this.#target.name} ended unexpectedly.`, {
      hint: 'Deploy again. If it happens twice, look at the details.',
      cause: `${signal ?? `code ${code ?? 'none'}`}: ${this.#stderr.trim() || 'no output'}`,
    });
  }

  #failure(command: string, failed: { readonly message: string; readonly code: string | null }): AppError {
    const { name } = this.#target;
    if (failed.code === 'ENOSPC' || failed.code === 'EDQUOT') return diskFull(name, null, null, failed.message);
    if (failed.code === 'EACCES' || failed.code === 'EPERM' || failed.code === 'EROFS') {
      return new AppError('FOLDER_NOT_WRITABLE', `The user may not write in the agent's folder on ${name}.`, {
        hint: 'Check who owns the folder, or choose another one.',
        cause: failed.message,
      });
    }
    return new AppError('MANAGER_FAILED', `A step on ${name} failed: ${command}.`, {
      hint: 'Deploy again. If it happens twice, look at the details.',
      cause: failed.message,
    });
  }
}

function parseReply(line: string): Reply | null {
  if (!line.startsWith('{')) return null;
  try {
    const checked = v.safeParse(replySchema, JSON.parse(line));
    return checked.success ? checked.output : null;
  } catch (thrown) {
    // A line the target's own start-up printed.
    if (thrown instanceof SyntaxError) return null;
    throw thrown;
  }
}
