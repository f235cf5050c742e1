import type {
  ConnectionSnapshot,
  Direction,
  EntryDetail,
  SessionOptions,
  SessionSnapshot,
} from '../../../src-main/api/contract/console.ts';
import type { Tone } from '../../ui/index.ts';

/** `127.0.0.1:80`, `[::1]:80`. */
export function placeText(at: { readonly address: string; readonly port: number }): string {
  return at.address.includes(':') ? `[${at.address}]:${at.port}` : `${at.address}:${at.port}`;
}

export const KIND_NAMES: Readonly<Record<SessionOptions['kind'], string>> = {
  'tcp-client': 'TCP client',
  'tcp-listener': 'TCP listener',
  'udp-client': 'UDP client',
  'udp-listener': 'UDP listener',
};

export function isListener(options: SessionOptions): boolean {
  return options.kind === 'tcp-listener' || options.kind === 'udp-listener';
}

/** Where a session stands, in a few words. */
export function stateWords(session: SessionSnapshot): {
  readonly tone: Tone;
  readonly label: string;
  readonly busy: boolean;
} {
  const { state, connections } = session;
  switch (state.kind) {
    case 'connecting':
      return { tone: 'info', label: state.attempt > 1 ? `Connecting, try ${state.attempt}` : 'Connecting', busy: true };
    case 'waiting':
      return { tone: 'warn', label: 'Waiting to try again', busy: true };
    case 'listening':
      return { tone: 'good', label: state.refusing ? 'Listening, refusing clients' : 'Listening', busy: false };
    case 'closed':
      return { tone: 'neutral', label: 'Not connected', busy: false };
    case 'failed':
      return { tone: 'bad', label: 'Failed', busy: false };
    case 'saved':
      return { tone: 'neutral', label: 'Saved session', busy: false };
    case 'open':
      return session.options.kind === 'udp-client' && !connections.at(-1)?.unanswered
        ? { tone: 'good', label: 'Open', busy: false }
        : openWords(connections.at(-1));
  }
}

function openWords(connection: ConnectionSnapshot | undefined): ReturnType<typeof stateWords> {
  if (connection?.unanswered) return { tone: 'bad', label: 'No answer', busy: false };
  if (connection?.state === 'peer-ended') return { tone: 'warn', label: 'The other side has ended', busy: false };
  if (connection?.state === 'we-ended') return { tone: 'warn', label: 'Receiving only', busy: false };
  return { tone: 'good', label: 'Connected', busy: false };
}

/** One connection's state in a few words. */
export function connectionWords(connection: ConnectionSnapshot): { readonly tone: Tone; readonly label: string } {
  if (connection.unanswered && connection.state !== 'closed') return { tone: 'bad', label: 'No answer' };
  switch (connection.state) {
    case 'open':
      return { tone: 'good', label: 'Open' };
    case 'peer-ended':
      return { tone: 'warn', label: 'It has ended' };
    case 'we-ended':
      return { tone: 'warn', label: 'You have ended' };
    case 'closed':
      return { tone: 'neutral', label: 'Closed' };
  }
}

/** An entry that is not data, as a sentence; what an error means stands beside it. */
export function detailText(detail: EntryDetail, direction: Direction): string {
  switch (detail.kind) {
    case 'connect': {
      const from = detail.local ? ` from ${placeText(detail.local)}` : '';
      const through = detail.through === null ? '' : ' through the SSH tunnel';
      const took = detail.tookUs >= 1000 ? `${(detail.tookUs / 1000).toFixed(1)} ms` : `${detail.tookUs} µs`;
      return `Connected to ${placeText(detail.remote)}${from}${through} in ${took}`;
    }
    case 'accept':
      return detail.refused ? `Refused ${placeText(detail.remote)}` : `Accepted ${placeText(detail.remote)}`;
    case 'listen':
      return `Listening on ${placeText(detail.local)} (${detail.transport.toUpperCase()})`;
    case 'half-close':
      return direction === 'sent'
        ? 'You have ended your side: nothing more can be sent, receiving goes on.'
        : "The other side has ended: recv() gives b'' from now on. You can still send.";
    case 'close':
      return detail.text;
    case 'error':
      return detail.meaning;
    case 'note':
      return detail.text;
  }
}
