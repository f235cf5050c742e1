import { once } from 'node:events';
import type { Socket } from 'node:net';
import { connect } from 'node:net';

/** A client that reads lines, for tests: nothing of the app's own client is in it. */
export class LineClient {
  readonly socket: Socket;
  readonly #lines: string[] = [];
  #rest = '';
  #wake: () => void = () => undefined;
  /** Settles when the connection is closed, in order or not. */
  readonly closed: Promise<void>;
  #isClosed = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      const lines = (this.#rest + text).split('\n');
      this.#rest = lines.pop() ?? '';
      this.#lines.push(...lines);
      this.#wake();
    });
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        this.#isClosed = true;
        this.#wake();
        resolve();
      });
    });
  }

  static async connect(port: number, host = '127.0.0.1'): Promise<LineClient> {
    const socket = connect({ port, host });
    await once(socket, 'connect');
    return new LineClient(socket);
  }

  send(text: string | Uint8Array): void {
    this.socket.write(typeof text === 'string' ? Buffer.from(text, 'latin1') : text);
  }

  /** The next line, or null when the connection is closed instead. */
  async next(): Promise<string | null> {
    for (;;) {
      const line = this.#lines.shift();
      if (line !== undefined) return line;
      if (this.#isClosed) return null;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async take(count: number): Promise<(string | null)[]> {
    const lines = [];
    for (let taken = 0; taken < count; taken += 1) lines.push(await this.next());
    return lines;
  }

  /** Sends and returns the next line. */
  ask(text: string): Promise<string | null> {
    this.send(text);
    return this.next();
  }

  /** What was received so far and nobody asked for: after a reply, everything the agent had said before it. */
  unread(): string[] {
    return this.#lines.splice(0);
  }

  /** Every line until the other side closes. */
  async rest(): Promise<string[]> {
    await this.closed;
    return this.unread();
  }

  end(): void {
    this.socket.end();
  }

  destroy(): void {
    this.socket.destroy();
  }
}
