import { Duplex } from 'node:stream';
import type { Channel } from 'ssh2';

/**
 * A channel as a stream that behaves like a socket: `destroy` ends it, a write to a closed one fails, and a lost
 * connection is an error. ssh2's own shows a lost connection as an ordinary end, and never answers a late write.
 */
export class ChannelStream extends Duplex {
  readonly #channel: Channel;
  #closed = false;
  #pendingWrite: ((error?: Error) => void) | null = null;

  constructor(channel: Channel) {
    super({ allowHalfOpen: true });
    this.#channel = channel;
    channel.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) channel.pause();
    });
    channel.once('end', () => this.push(null));
    channel.once('close', () => this.#whenClosed());
    channel.on('error', (error: Error) => this.destroy(error));
  }

  override _read(): void {
    this.#channel.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#closed) {
      done(closedError());
      return;
    }
    this.#pendingWrite = done;
    this.#channel.write(chunk, () => {
      if (this.#pendingWrite !== done) return;
      this.#pendingWrite = null;
      done();
    });
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#channel.end();
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#channel.end();
    this.#channel.close();
    // What is still on its way is thrown away, so that the channel's end is seen and its place becomes free.
    this.#channel.resume();
    done(error);
  }

  #whenClosed(): void {
    this.#closed = true;
    const pending = this.#pendingWrite;
    this.#pendingWrite = null;
    pending?.(closedError());
    if (!this.destroyed && !this.writableEnded) this.end();
  }
}

function closedError(): Error {
  return Object.assign(new Error('write EPIPE: the far side has closed the connection'), { code: 'EPIPE' });
}
