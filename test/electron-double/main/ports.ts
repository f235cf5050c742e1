import { decode, encode } from '../clone.ts';
import { loud } from '../loud.ts';
import type { ToPage } from '../wire.ts';
import { KnownEvents } from './emitter.ts';
import { onLack } from './harness.ts';

/** Sends to the page that a port was given to. */
export type PagePost = (message: ToPage) => void;

/** Ports that a page holds the other end of, by the number both sides know them by. */
const withPage = new Map<number, Port>();
let lastPort = 0;

/** Electron's `MessagePortMain`. Messages wait until `start`, as the real one's do. */
export class Port extends KnownEvents {
  #peer: Port | null = null;
  #page: { readonly id: number; readonly post: PagePost } | null = null;
  #started = false;
  #closed = false;
  readonly #waiting: unknown[] = [];

  constructor() {
    super('MessagePortMain', ['message', 'close']);
  }

  join(peer: Port): void {
    this.#peer = peer;
  }

  /** This end goes to a page; returns the number it has there. */
  give(post: PagePost): number {
    lastPort += 1;
    this.#page = { id: lastPort, post };
    withPage.set(lastPort, this);
    return lastPort;
  }

  postMessage(message: unknown, transfer: readonly unknown[] = []): void {
    if (transfer.length > 0) throw new Error('The double of Electron sends no ports over ports.');
    if (this.#closed) return;
    // The real one raises for what cannot be cloned, before anything is sent.
    const copy: unknown = structuredClone(message);
    this.#peer?.arrive(copy);
  }

  start(): void {
    this.#started = true;
    for (const data of this.#waiting.splice(0)) this.#deliver(data);
  }

  close(): void {
    this.end();
    this.#peer?.end();
  }

  /** A message for whoever holds this end: a page, or the app. */
  arrive(data: unknown): void {
    if (this.#closed) return;
    if (this.#page) this.#page.post({ kind: 'port-message', port: this.#page.id, data: encode(data) });
    else if (this.#started) this.#deliver(data);
    else this.#waiting.push(data);
  }

  /** The page that holds this end sent something to the other. */
  fromPage(data: unknown): void {
    this.#peer?.arrive(data);
  }

  end(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#page) {
      withPage.delete(this.#page.id);
      this.#page.post({ kind: 'port-close', port: this.#page.id });
    } else {
      setImmediate(() => this.emit('close'));
    }
  }

  #deliver(data: unknown): void {
    setImmediate(() => this.emit('message', { data, ports: [] }));
  }
}

export function messageFromPage(id: number, data: string): void {
  withPage.get(id)?.fromPage(decode(data));
}

/** The page closed its end, or is gone. */
export function closeFromPage(id: number): void {
  withPage.get(id)?.close();
}

const real = new WeakMap<object, Port>();

/** The port behind the loud object that the app holds. */
export function portBehind(port: unknown): Port {
  const found = real.get(port as object);
  if (!found) throw new TypeError('This is no port of the double.');
  return found;
}

function shown(port: Port): Electron.MessagePortMain {
  const made = loud<Electron.MessagePortMain>(
    'MessagePortMain',
    port as unknown as Partial<Electron.MessagePortMain>,
    onLack,
  );
  real.set(made, port);
  return made;
}

export class MessageChannelMain {
  readonly port1: Electron.MessagePortMain;
  readonly port2: Electron.MessagePortMain;

  constructor() {
    const [first, second] = [new Port(), new Port()];
    first.join(second);
    second.join(first);
    this.port1 = shown(first);
    this.port2 = shown(second);
  }
}
