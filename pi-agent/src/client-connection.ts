import type { Socket } from 'node:net';
import type { AgentSurface, Answer, ClientStanding } from './commands.ts';
import { answerCommand } from './commands.ts';
import { cutOffLater } from './cut-off.ts';
import type { LedState } from './led-state.ts';
import { AUTH_WAIT_MS, MAX_UNSENT_BYTES, SLICE_BYTES, STALL_MS } from './limits.ts';
import type { MaybePromise } from './maybe-promise.ts';
import { chain } from './maybe-promise.ts';
import type { Command, Fault, Scanned } from './protocol.ts';
import { CommandScanner, FORGET_AFTER_MS } from './protocol.ts';
import { BYE_LINE, errorReply, faultReply, stateLine } from './replies.ts';

/**
 * Work that is done up to its first wait at once, and on from each wait when that is over. An async function would cost
 * promises where nothing has to be waited for, which is the case of almost every command.
 */
type Work = Generator<Promise<unknown>, void, void>;

export interface ClientOptions {
  readonly socket: Socket;
  /** `192.168.1.5:50123` */
  readonly peer: string;
  readonly agent: AgentSurface;
  /** Milliseconds without a byte until a client that does not watch is sent away; 0 means never. */
  readonly idleMs: number;
}

/**
 * One client of the LED port. Its commands are answered one after another in their order; the lines of WATCH come between
 * answers, after the answer to the client's own command. Whatever it does, no other client notices.
 */
export class ClientConnection {
  readonly #socket: Socket;
  readonly #agent: AgentSurface;
  readonly #client: ClientStanding;
  readonly #idleMs: number;
  readonly #scanner = new CommandScanner();
  #forgetTimer: NodeJS.Timeout | undefined;
  #authTimer: NodeJS.Timeout | undefined;
  #idleTimer: NodeJS.Timeout | undefined;
  /** When its last byte came, in milliseconds of a clock that nobody sets. */
  #heardAt = performance.now();
  #unwatch: (() => void) | null = null;
  /** The newest change that could not be told yet, because an answer is due first or the client takes nothing. */
  #untold: LedState[] = [];
  #working = false;
  /** What came while an answer was being made; the socket is paused then, so it is little. */
  #waiting: Buffer[] = [];
  #inputEnded = false;
  #ended = false;
  #thrownAway = 0;

  constructor({ socket, peer, agent, idleMs }: ClientOptions) {
    this.#socket = socket;
    this.#agent = agent;
    this.#idleMs = idleMs;
    this.#client = { peer, authenticated: agent.token === null, wrongTokens: 0 };
    if (!this.#client.authenticated)
      this.#refuseUnlessKnown(idleMs > 0 ? Math.min(AUTH_WAIT_MS, idleMs) : AUTH_WAIT_MS);
    socket.on('data', (bytes: Buffer) => this.#receive(bytes));
    socket.on('end', () => this.#do(this.#endInput()));
    socket.on('drain', () => this.#tell());
    socket.on('close', () => this.#release());
    if (idleMs > 0) this.#sendAwayIfIdle(idleMs);
  }

  get watching(): boolean {
    return this.#unwatch !== null;
  }

  /** Says good-bye and closes: at once when the client agrees, after two seconds in any case. */
  bye(reason = ''): void {
    if (this.#ended) return;
    this.#write(reason === '' ? BYE_LINE : `${BYE_LINE} ${reason}`);
    this.#end();
  }

  /** What is written between two waits leaves in one piece. A mistake in this program costs one connection, never the agent. */
  #do(work: Work): void {
    this.#socket.cork();
    try {
      const { value: wait } = work.next();
      wait?.then(
        () => this.#do(work),
        (thrown: unknown) => this.#fail(thrown),
      );
    } catch (thrown) {
      this.#fail(thrown);
    } finally {
      this.#socket.uncork();
    }
  }

  #fail(thrown: unknown): void {
    this.#write(errorReply('internal', String(thrown)));
    this.#end();
  }

  #receive(bytes: Buffer): void {
    if (this.#ended) {
      this.#throwAway(bytes);
      return;
    }
    this.#heardAt = performance.now();
    this.#waiting.push(bytes);
    // Pausing costs more than a command does, so it is left to clients that do not wait for their answers.
    if (this.#working) this.#socket.pause();
    else this.#do(this.#work());
  }

  *#work(): Work {
    clearTimeout(this.#forgetTimer);
    this.#working = true;
    for (let bytes = this.#waiting.shift(); bytes !== undefined; bytes = this.#waiting.shift())
      yield* this.#take(bytes);
    this.#working = false;
    if (this.#ended) return;
    if (this.#scanner.pending) this.#forgetTimer = setTimeout(() => this.#do(this.#forget()), FORGET_AFTER_MS);
    this.#tell();
    if (this.#inputEnded) yield* this.#endInput();
    else if (this.#socket.isPaused()) this.#socket.resume();
  }

  *#take(bytes: Buffer): Work {
    for (let from = 0; from < bytes.length && !this.#ended; from += SLICE_BYTES) {
      // Others get their turn between two slices, however much this client sends.
      if (from > 0) yield nextTurn();
      yield* this.#answerAll(this.#scanner.push(bytes, from, from + SLICE_BYTES));
    }
  }

  *#answerAll(found: readonly Scanned[]): Work {
    for (const item of found) {
      if (this.#ended) return;
      const answered = item.kind === 'fault' ? this.#complain(item) : this.#answer(item);
      if (answered instanceof Promise) yield answered;
      this.#tell(true);
      if (this.#tooMuchUnsent()) yield this.#drained();
    }
  }

  #complain(fault: Fault): void {
    this.#write(faultReply(fault));
    if (fault.fatal) this.#end();
  }

  #answer(command: Command): MaybePromise<void> {
    // Listening begins before the state is read, so that no change falls between the answer and the first line.
    if (command.word === 'WATCH' && this.#client.authenticated) this.#watch();
    return chain(answerCommand(command, this.#client, this.#agent), (answer) => this.#give(answer));
  }

  #give({ line, effect, newest }: Answer): void {
    if (newest !== undefined) this.#untold = this.#untold.filter(({ number }) => number > newest);
    if (effect === 'unwatch') this.#stopWatching();
    this.#write(line);
    if (effect === 'close') this.#end();
    if (this.#client.authenticated) clearTimeout(this.#authTimer);
  }

  /** Waits until the client has taken its answers; one that takes nothing for long is closed. */
  #drained(): Promise<void> {
    return new Promise((resolve) => {
      const stalled = setTimeout(() => this.#socket.destroy(), STALL_MS);
      const go = (): void => {
        clearTimeout(stalled);
        this.#socket.off('drain', go);
        this.#socket.off('close', go);
        resolve();
      };
      this.#socket.on('drain', go);
      this.#socket.on('close', go);
    });
  }

  *#forget(): Work {
    yield* this.#answerAll(this.#scanner.forget());
  }

  /** The client sends no more. It still gets its answers, and its changes if it watches. */
  *#endInput(): Work {
    this.#inputEnded = true;
    if (this.#working || this.#ended) return;
    clearTimeout(this.#forgetTimer);
    yield* this.#forget();
    if (!this.watching) this.#end();
  }

  #watch(): void {
    this.#unwatch ??= this.#agent.led.watch((state) => {
      this.#untold.push(state);
      // While the client takes nothing only the newest change is kept: its number shows the gap.
      if (this.#tooMuchUnsent()) this.#untold = [state];
      this.#tell();
    });
  }

  #stopWatching(): void {
    this.#unwatch?.();
    this.#unwatch = null;
    this.#untold = [];
  }

  #tell(answered = false): void {
    if (this.#untold.length === 0 || this.#tooMuchUnsent()) return;
    if (this.#working && !answered) return;
    const lines = this.#untold.map(stateLine);
    this.#untold = [];
    for (const line of lines) this.#write(line);
  }

  #tooMuchUnsent(): boolean {
    return this.#socket.writableLength >= MAX_UNSENT_BYTES;
  }

  #write(line: string): void {
    if (!this.#ended && this.#socket.writable) this.#socket.write(`${line}\n`);
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#release();
    this.#socket.end();
    cutOffLater(this.#socket);
    // What still comes is thrown away: unread bytes would turn the close into a reset and lose the last answer.
    this.#socket.resume();
  }

  /** After the end a little is still read, for the sake of the last answer; a flood is cut off. */
  #throwAway(bytes: Buffer): void {
    this.#thrownAway += bytes.length;
    if (this.#thrownAway > MAX_UNSENT_BYTES) this.#socket.destroy();
  }

  /** Looks in so many milliseconds, when it may be idle at the earliest: a timer set anew for each byte costs more. */
  #sendAwayIfIdle(lookInMs: number): void {
    this.#idleTimer = setTimeout(() => {
      const left = this.#heardAt + this.#idleMs - performance.now();
      if (left <= 0 && !this.watching) this.bye('idle');
      else this.#sendAwayIfIdle(left > 0 ? left : this.#idleMs);
    }, lookInMs);
  }

  /** Whatever it sends meanwhile: only the token makes it stay. */
  #refuseUnlessKnown(inMs: number): void {
    this.#authTimer = setTimeout(() => {
      this.#agent.countRefused();
      this.#write(errorReply('auth-needed', `no AUTH within ${inMs / 1000} s; closing`));
      this.#end();
    }, inMs);
  }

  #release(): void {
    this.#ended = true;
    clearTimeout(this.#forgetTimer);
    clearTimeout(this.#authTimer);
    clearTimeout(this.#idleTimer);
    this.#stopWatching();
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
