import type { AddressScope, NetworkInterface } from '../model/model.ts';

/** Switched on and linked, from ip's flags and operational state (`UP`, `DOWN`, `UNKNOWN`, `LOWERLAYERDOWN`). */
export function linkState(
  flags: readonly string[],
  operState: string | null,
): Pick<NetworkInterface, 'state' | 'carrier'> {
  const state = flags.includes('UP') ? 'up' : flags.length > 0 ? 'down' : 'unknown';
  if (state !== 'up') return { state, carrier: null };
  if (flags.includes('NO-CARRIER') || operState === 'LOWERLAYERDOWN') return { state, carrier: false };
  if (flags.includes('LOWER_UP') || operState === 'UP') return { state, carrier: true };
  return { state, carrier: operState === 'DOWN' ? false : null };
}

export function readScope(word: string | null): AddressScope | null {
  return word === 'global' || word === 'link' || word === 'host' || word === 'site' ? word : null;
}
