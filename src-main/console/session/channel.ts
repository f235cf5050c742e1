import { AppError } from '../../errors/index.ts';
import type { ConnectionSnapshot } from './session-snapshot.ts';

/**
 * One peer of a session: a TCP connection, a tunnel, or an address that datagrams go to and come from. Sending is
 * recorded before it is handed to the system, so that no answer can stand before its question.
 */
export interface Channel {
  readonly id: number;
  /** Records and sends; raises `NOT_CONNECTED` or `SEND_QUEUE_FULL`. Returns the entry's number. */
  send(bytes: Uint8Array): number;
  /** Answers this peer by itself from now on. */
  answerWith(responder: PeerResponder): void;
  /** Ends our direction and keeps reading (TCP only). */
  endSending(): void;
  /** Sends what waits, then closes. */
  close(): void;
  /** Notes whether the last heartbeat went unanswered. */
  setUnanswered(unanswered: boolean): void;
  snapshot(): ConnectionSnapshot;
}

/** What a responder may do with the peer it answers. */
export interface ResponderPeer {
  send(bytes: Uint8Array): void;
  endSending(): void;
}

/** A channel as a responder uses it: what cannot be sent is told to `onProblem` and never raised into the reading. */
export function responderPeer(channel: Channel, onProblem: (problem: AppError) => void): ResponderPeer {
  const attempt = (act: () => void): void => {
    try {
      act();
    } catch (thrown) {
      onProblem(AppError.from(thrown));
    }
  };
  return {
    send: (bytes) => attempt(() => channel.send(bytes)),
    endSending: () => attempt(() => channel.endSending()),
  };
}

/** Answers one peer. */
export interface PeerResponder {
  received(chunk: Uint8Array): void;
  /** The peer will send nothing more. */
  ended(): void;
  /** This side is about to close: the last chance to say something. */
  closing?(): void;
  dispose(): void;
}

/** Makes an answerer for each new peer; what they share, such as the simulated LED, lives here. */
export interface Responder {
  attach(peer: ResponderPeer): PeerResponder;
  dispose(): void;
}
