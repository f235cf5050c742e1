import type { Duplex } from 'node:stream';
import type { LedState } from '../../pi-agent/src/led-state.ts';
import type { AgentLine } from '../../pi-agent/src/replies.ts';
import { LineReader } from '../../pi-agent/src/replies.ts';
import type { AppError } from '../errors/index.ts';
import type { Observable } from '../events/index.ts';
import { Signal } from '../events/index.ts';
import { agentError, agentGone, agentSilent, agentStopped, notTheAgent, replyLost } from './agent-errors.ts';

/** Milliseconds a reply may take; the slowest command waits five seconds for the pin's permissions. */
const REPLY_TIMEOUT_MS = 8000;

interface Pending {
  resolve(text: string): void;
  reject(error: AppError): void;
  readonly timer: NodeJS.Timeout;
}

/** One connection to an agent: questions and their replies in order, and the changes it tells of in between. */
export class AgentConnection {
  readonly #stream: Duplex;
  readonly #replyTimeoutMs: number;
  readonly #reader = new LineReader();
  readonly #pending: Pending[] = [];
  readonly #states = new Signal<LedState>();
  #closedBecause: AppError | null = null;
  #announceClosed: (reason: AppError) => void = () => undefined;
  /** Settles with the reason when the connection is over. Never rejects. */
  readonly closed: Promise<AppError>;

  constructor(stream: Duplex, { replyTimeoutMs = REPLY_TIMEOUT_MS } = {}) {
    this.#stream = stream;
    this.#replyTimeoutMs = replyTimeoutMs;
    this.closed = new Promise((resolve) => {
      this.#announceClosed = resolve;
    });
    stream.on('data', (bytes: Uint8Array) => this.#take(bytes));
    stream.on('error', (error: Error) => this.#close(agentGone(error)));
    stream.on('end', () => this.#close(agentGone(undefined)));
    stream.on('close', () => this.#close(agentGone(undefined)));
  }

  /** The changes told after `WATCH`. */
  get states(): Observable<LedState> {
    return this.#states;
  }

  /**
   * Sends one command and gives what follows `OK ` in its reply. Raises `AGENT_...` for an `ERR` reply, `LED_REPLY_LOST`
   * when the connection breaks first.
   */
  ask(command: string): Promise<string> {
    if (this.#closedBecause !== null) return Promise.reject(this.#closedBecause);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#close(agentSilent()), this.#replyTimeoutMs);
      this.#pending.push({ resolve, reject, timer });
      this.#stream.write(`${command}\n`);
    });
  }

  /** Ends the connection; what was asked and not answered is lost. */
  dispose(): void {
    this.#close(agentGone(undefined));
  }

  #take(bytes: Uint8Array): void {
    if (this.#closedBecause !== null) return;
    try {
      for (const line of this.#reader.push(bytes)) this.#takeLine(line);
    } catch (thrown) {
      this.#close(notTheAgent(String(thrown)));
    }
  }

  #takeLine(line: AgentLine): void {
    switch (line.kind) {
      case 'state':
        this.#states.emit(line.state);
        return;
      case 'ok':
        this.#settle((pending) => pending.resolve(line.text));
        return;
      case 'error':
        this.#takeError(agentError(line.code, line.sentence));
        return;
      case 'bye':
        this.#close(agentStopped());
        return;
      case 'other':
        this.#close(notTheAgent(line.text));
    }
  }

  /** An error nobody asked for is about the connection: the agent is full, or does not want this peer. */
  #takeError(error: AppError): void {
    if (this.#pending.length === 0) this.#close(error);
    else this.#settle((pending) => pending.reject(error));
  }

  #settle(how: (pending: Pending) => void): void {
    const pending = this.#pending.shift();
    if (pending === undefined) return;
    clearTimeout(pending.timer);
    how(pending);
  }

  #close(reason: AppError): void {
    if (this.#closedBecause !== null) return;
    this.#closedBecause = reason;
    const lost = this.#pending.splice(0);
    for (const { timer, reject } of lost) {
      clearTimeout(timer);
      reject(reason.code === 'NOT_THE_AGENT' || reason.code === 'AGENT_SILENT' ? reason : replyLost(reason));
    }
    this.#stream.destroy();
    this.#announceClosed(reason);
  }
}
