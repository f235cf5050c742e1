import type { Client, ConnectionState } from '../../src-main/api/client.ts';
import { connectClient } from '../../src-main/api/connect.ts';

/** The page's side of the contract: `await client.call('dns.lookup', { name })`, `client.on('led.changed', ...)`. */
export const client: Client = connectClient();

let state = $state<ConnectionState>(client.state);
let wasConnected = false;
client.onState((next) => {
  state = next;
  wasConnected ||= next === 'connected';
});

/** The connection to the main process, to be read in markup: it follows changes. */
export const connection = {
  get state(): ConnectionState {
    return state;
  },
  /** Whether there was one at any time since this page was loaded. */
  get wasConnected(): boolean {
    return wasConnected;
  },
};
