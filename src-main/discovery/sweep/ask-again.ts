import type { Sighting } from '../model.ts';

/** Milliseconds for which an answer counts once mDNS has lost the machine. */
const ANSWER_COUNTS_MS = 60_000;

export interface KnownSightings {
  /** What mDNS told before, and what it tells now. */
  readonly mdnsBefore: readonly Sighting[];
  readonly mdns: readonly Sighting[];
  readonly sweep: readonly Sighting[];
}

/**
 * The addresses that answered a search, of machines that mDNS has lost: a search by itself never learns who leaves. They are
 * asked at once, and every minute after, for a machine that shuts down says goodbye before it stops answering.
 */
export function addressesToAskAgain({ mdnsBefore, mdns, sweep }: KnownSightings, now: number): readonly string[] {
  const heard = addressesOf(mdns.filter(({ stale }) => !stale));
  const heardBefore = addressesOf(mdnsBefore.filter(({ stale }) => !stale));
  const lost = addressesOf(mdns.filter(({ stale }) => stale));
  return sweep.flatMap(({ key: address, stale, at }) => {
    if (stale || heard.has(address) || !lost.has(address)) return [];
    return heardBefore.has(address) || now - at > ANSWER_COUNTS_MS ? [address] : [];
  });
}

const addressesOf = (sightings: readonly Sighting[]): ReadonlySet<string> =>
  new Set(sightings.flatMap(({ addresses }) => addresses));
