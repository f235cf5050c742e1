import type { DeviceConnection } from '../../../src-main/api/contract/devices.ts';
import type { Tone } from '../../ui/index.ts';

/** How a connection is told in the list: a word and the colour of its dot. */
export function connectionWords(connection: DeviceConnection): { readonly label: string; readonly tone: Tone } {
  switch (connection.kind) {
    case 'signed-in':
      return { label: 'Signed in', tone: 'good' };
    case 'signing-in':
      return { label: 'Signing in', tone: 'info' };
    case 'disconnected':
      return { label: 'Disconnected', tone: 'bad' };
    case 'signed-out':
      return { label: 'Not signed in', tone: 'neutral' };
  }
}
