import type { Unsubscribe } from '../../events/index.ts';

/**
 * What carries messages between a page and the main side: a MessagePort, a WebSocket or a pair in memory. Messages are
 * plain data and bytes (`Uint8Array`); they arrive whole, once and in the order sent, until the carrier closes.
 */
export interface Carrier {
  /** Raises when `message` holds what cannot be carried, such as a function. Does nothing once closed. */
  send(message: unknown): void;
  /** The first listener starts the flow: nothing that arrived earlier is lost. */
  onMessage(listener: (message: unknown) => void): Unsubscribe;
  /** Called once, whichever side closed; at once when it is closed already. */
  onClose(listener: () => void): Unsubscribe;
  close(): void;
}
