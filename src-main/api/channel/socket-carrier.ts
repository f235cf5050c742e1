import { Packr } from 'msgpackr';
import type { Carrier } from './carrier.ts';
import { Closing } from './closing.ts';

/** A WebSocket of a page or of `ws`: both have this much in common. */
export interface MessageSocket {
  binaryType: string;
  readonly bufferedAmount: number;
  send(data: Uint8Array<ArrayBuffer>): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(type: 'close' | 'error', listener: () => void): void;
}

/** Bytes waiting for a peer that does not read; beyond it the socket is closed and the page connects anew. */
const MOST_UNSENT_BYTES = 64 * 1024 * 1024;

/** Close codes of this app: a page may use no others than 1000 and 3000 to 4999. */
const NOT_UNDERSTOOD = 4002;
const TOO_SLOW = 4013;

/** As strict as the structured clone algorithm of a port: a function raises, typed arrays keep their type. */
const plainData = {
  useRecords: false,
  moreTypes: true,
  copyBuffers: true,
  writeFunction: (): never => {
    throw new TypeError('A function cannot be carried.');
  },
};

/** Carries messages over an open WebSocket as binary MessagePack frames, in which bytes stay bytes. */
export function socketCarrier(socket: MessageSocket): Carrier {
  const packr = new Packr(plainData);
  const closing = new Closing();
  const listeners = new Set<(message: unknown) => void>();
  const waiting: unknown[] = [];

  const stop = (code: number): void => {
    if (closing.happen()) socket.close(code);
  };
  const receive = (data: unknown): void => {
    let message: unknown;
    try {
      message = packr.unpack(frameBytes(data));
    } catch {
      stop(NOT_UNDERSTOOD);
      return;
    }
    if (listeners.size === 0) waiting.push(message);
    for (const listener of listeners) listener(message);
  };

  socket.binaryType = 'arraybuffer';
  socket.addEventListener('message', ({ data }) => receive(data));
  socket.addEventListener('close', () => closing.happen());
  socket.addEventListener('error', () => closing.happen());
  return {
    send: (message) => {
      if (closing.closed) return;
      // `pack` gives a view into a buffer that it goes on using, and `send` may read later.
      socket.send(new Uint8Array(packr.pack(message)));
      if (socket.bufferedAmount > MOST_UNSENT_BYTES) stop(TOO_SLOW);
    },
    onMessage: (listener) => {
      listeners.add(listener);
      for (const message of waiting.splice(0)) listener(message);
      return () => listeners.delete(listener);
    },
    onClose: (listener) => closing.subscribe(listener),
    close: () => {
      if (closing.happen()) socket.close();
    },
  };
}

function frameBytes(data: unknown): Uint8Array {
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  throw new TypeError('Only binary frames are understood.');
}
