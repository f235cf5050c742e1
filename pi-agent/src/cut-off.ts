import type { Socket } from 'node:net';
import { BYE_MS } from './limits.ts';

/** Cuts a connection that this side has ended, when the peer has not ended it too within `BYE_MS`. */
export function cutOffLater(socket: Socket): void {
  const cut = setTimeout(() => socket.destroy(), BYE_MS);
  socket.once('close', () => clearTimeout(cut));
}
