import type { Sighting } from '../../../src-main/discovery/model.ts';

/** A sighting of which only what a test cares for is said. */
export function sighting(told: Partial<Sighting> & Pick<Sighting, 'source'>): Sighting {
  return {
    key: JSON.stringify(told),
    at: 1000,
    addresses: [],
    heardOn: null,
    mac: null,
    names: [],
    ssh: null,
    agent: null,
    services: [],
    live: told.source !== 'saved' && told.source !== 'ssh-config',
    stale: false,
    written: null,
    ...told,
  };
}

export const ssh = (hostKey: string | null, banner = 'SSH-2.0-OpenSSH_9.2p1 Debian-2') =>
  ({ port: 22, state: 'open', banner, hostKey }) as const;
