import { Duplex, type Readable, type Writable } from 'node:stream';

/**
 * One stream for both directions of a program: what is written goes to `input`, what is read comes from `output`. Unlike
 * `Duplex.from`, the end of the program is the end of the stream and not an error, even with a write on its way.
 */
export class JoinedStreams extends Duplex {
  readonly #output: Readable;
  readonly #input: Writable;

  constructor(output: Readable, input: Writable) {
    super();
    this.#output = output;
    this.#input = input;
    input.on('error', () => undefined);
    output.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) output.pause();
    });
    output.once('end', () => this.push(null));
    output.once('error', (error) => this.destroy(error));
    output.pause();
  }

  override _read(): void {
    this.#output.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    if (this.#input.writable) this.#input.write(chunk, () => done());
    else done();
  }

  override _final(done: () => void): void {
    this.#input.end();
    done();
  }
}
