import type { Socket } from 'node:net';
import { cutOffLater } from './cut-off.ts';

/** Sends every byte back, at the client's own pace, and closes after the client did. */
export function echo(socket: Socket, idleMs: number): void {
  socket.setTimeout(idleMs, () => socket.destroy());
  // pipe() stops reading while the client takes nothing, and ends the answer after the last byte.
  socket.pipe(socket);
  socket.once('finish', () => cutOffLater(socket));
}
