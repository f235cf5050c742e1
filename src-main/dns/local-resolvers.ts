import { getServers } from 'node:dns';
import { readFile } from 'node:fs/promises';
import { systemCode } from '../errors/index.ts';
import type { OwnAddress } from '../network/index.ts';
import type { MdnsInterface } from './mdns.ts';
import { configuredServers, parseServer, type ConfiguredServer } from './servers.ts';

/** This computer's means of looking up, as they are at the moment of asking. */
export interface LocalResolvers {
  servers(): Promise<readonly ConfiguredServer[]>;
  /** Adapters that mDNS may use; when there is none, `reason` says why in a sentence. */
  mdnsInterfaces(): { readonly interfaces: readonly MdnsInterface[]; readonly reason: string };
  /** To tell which of a device's addresses are near. */
  ownAddresses(): readonly OwnAddress[];
  /** For tests, which may not use the real port. */
  readonly mdnsPort?: number;
}

/**
 * The DNS servers this computer is set to use: from resolv.conf where the system has one, seeing through a local stub,
 * else from the system's settings as Node reads them.
 */
export async function serversOfThisComputer(root = ''): Promise<readonly ConfiguredServer[]> {
  if (process.platform === 'linux') {
    const main = await textOf(`${root}/etc/resolv.conf`);
    const uplinks = await textOf(`${root}/run/systemd/resolve/resolv.conf`);
    return configuredServers({ main, uplinks });
  }
  return getServers().flatMap((text) => {
    const server = parseServer(text);
    return server ? [{ ...server, source: 'the system settings', behindStub: null }] : [];
  });
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (thrown) {
    if (systemCode(thrown) !== undefined) return '';
    throw thrown;
  }
}
