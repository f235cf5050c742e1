import { resolve } from 'node:path';
import ipaddr from 'ipaddr.js';
import { AppError } from '../../errors/index.ts';

/** What every shell understands. */
export interface StartFlags {
  /** Absolute folder for the app's own files; null for the platform's usual place. */
  readonly dataDir: string | null;
  /** Networks (CIDR) that may be searched; null leaves the choice to the person. */
  readonly networks: readonly string[] | null;
}

/** Options of `util.parseArgs` for the flags above. */
export const startOptions = { 'data-dir': { type: 'string' }, networks: { type: 'string' } } as const;

/** Raises `BAD_FLAG` with a sentence. */
export function readStartFlags(values: { 'data-dir'?: string; networks?: string }): StartFlags {
  const dataDir = values['data-dir'];
  if (dataDir === '') throw badFlag('--data-dir needs a folder.');
  return {
    dataDir: dataDir === undefined ? null : resolve(dataDir),
    networks: values.networks === undefined ? null : readNetworks(values.networks),
  };
}

/** `10.0.0.0/24,fd00::/64` as a list; empty text allows no network at all. Raises `BAD_FLAG`. */
export function readNetworks(text: string): string[] {
  const networks = text.split(',').flatMap((part) => part.trim() || []);
  for (const network of networks) {
    if (!ipaddr.isValidCIDR(network)) {
      throw badFlag(`--networks: “${network}” is not a network such as 192.168.1.0/24.`);
    }
  }
  return networks;
}

/** A TCP port from a flag; 0 lets the system choose. Raises `BAD_FLAG`. */
export function readPort(flag: string, text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (!(port <= 65_535)) throw badFlag(`${flag}: “${text}” is not a port from 0 to 65535.`);
  return port;
}

export function badFlag(message: string): AppError {
  return new AppError('BAD_FLAG', message, { hint: 'Run with --help to see what can be given.' });
}
