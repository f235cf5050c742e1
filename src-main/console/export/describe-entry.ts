import { hostAndPort } from '../problem/index.ts';
import type { Endpoint, EntryDetail } from '../transcript/index.ts';

/** An entry that is not data, as one sentence. */
export function describeDetail(detail: EntryDetail): string {
  switch (detail.kind) {
    case 'connect':
      return describeConnect(detail);
    case 'accept':
      return detail.refused ? `Refused ${at(detail.remote)}` : `Accepted ${at(detail.remote)}`;
    case 'listen':
      return `Listening on ${at(detail.local)} (${detail.transport.toUpperCase()})`;
    case 'half-close':
      return 'Ended its sending side';
    case 'close':
      return detail.text;
    case 'error': {
      const python = `${detail.python}: ${detail.pythonText}`;
      return `${detail.code}: ${detail.meaning} (Python: ${python})`;
    }
    case 'note':
      return detail.text;
  }
}

function describeConnect(detail: EntryDetail & { kind: 'connect' }): string {
  const from = detail.local ? ` from ${at(detail.local)}` : '';
  const through = detail.through === null ? '' : ' through the SSH tunnel';
  const tls = detail.tls ? `, ${detail.tls.protocol}` : '';
  return `Connected to ${at(detail.remote)}${from}${through}${tls} in ${(detail.tookUs / 1000).toFixed(1)} ms`;
}

function at({ address, port }: Endpoint): string {
  return hostAndPort(address, port);
}
