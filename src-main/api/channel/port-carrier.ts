import type { Unsubscribe } from '../../events/index.ts';
import type { Carrier } from './carrier.ts';
import { Closing } from './closing.ts';

/** A port of a page or of Node's `worker_threads`. */
export interface EventTargetPort {
  postMessage(message: unknown): void;
  addEventListener(type: 'message' | 'close', listener: (event: { readonly data?: unknown }) => void): void;
  removeEventListener(type: 'message' | 'close', listener: (event: { readonly data?: unknown }) => void): void;
  start(): void;
  close(): void;
}

/** Electron's `MessagePortMain`, an event emitter. */
export interface EmitterPort {
  postMessage(message: unknown): void;
  on(type: 'message', listener: (event: { readonly data: unknown }) => void): unknown;
  on(type: 'close', listener: () => void): unknown;
  off(type: 'message', listener: (event: { readonly data: unknown }) => void): unknown;
  start(): void;
  close(): void;
}

/** Carries messages over a port. The structured clone algorithm keeps bytes as bytes. */
export function portCarrier(port: EventTargetPort | EmitterPort): Carrier {
  const closing = new Closing();
  const closed = (): void => {
    closing.happen();
  };
  if ('addEventListener' in port) port.addEventListener('close', closed);
  else port.on('close', closed);
  return {
    send: (message) => {
      if (!closing.closed) port.postMessage(message);
    },
    onMessage: (listener) => {
      const stop = listen(port, listener);
      port.start();
      return stop;
    },
    onClose: (listener) => closing.subscribe(listener),
    close: () => {
      if (closing.happen()) port.close();
    },
  };
}

function listen(port: EventTargetPort | EmitterPort, listener: (message: unknown) => void): Unsubscribe {
  const take = (event: { readonly data?: unknown }): void => listener(event.data);
  if ('addEventListener' in port) {
    port.addEventListener('message', take);
    return () => port.removeEventListener('message', take);
  }
  port.on('message', take);
  return () => port.off('message', take);
}
