import type { Responder } from '../session/channel.ts';

/** Sends back every chunk as it came, and ends when the peer has ended. */
export const echoResponder: Responder = {
  attach: (peer) => ({
    received: (chunk) => peer.send(chunk),
    ended: () => peer.endSending(),
    dispose: () => undefined,
  }),
  dispose: () => undefined,
};
