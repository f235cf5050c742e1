import { draftCounters } from '../model/draft.ts';
import type { Counters } from '../model/model.ts';

/**
 * Reads the link rows of `netstat -ibn` of macOS and BSD: Name Mtu <Link#n> Address Ipkts Ierrs [Idrop] Ibytes Opkts Oerrs
 * Obytes Coll. The address is missing on some rows, so the columns are counted from the end.
 */
export function parseNetstatCounters(text: string): ReadonlyMap<string, Counters> {
  const result = new Map<string, Counters>();
  const drops = /\bIdrop\b/.test(text) ? 1 : 0;
  for (const line of text.split(/\r?\n/)) {
    const match = /^(\S+?)\*?\s+\d+\s+<Link#\d+>\s+(.*)$/.exec(line);
    if (match?.[1] === undefined) continue;
    const numbers = (match[2] ?? '')
      .trim()
      .split(/\s+/)
      .slice(-(7 + drops));
    if (numbers.length < 7 + drops || numbers.some((each) => !/^\d+$/.test(each))) continue;
    const at = (index: number): string | null => numbers[index] ?? null;
    result.set(match[1], {
      ...draftCounters(),
      rxPackets: at(0),
      rxErrors: at(1),
      rxDropped: drops === 1 ? at(2) : null,
      rxBytes: at(2 + drops),
      txPackets: at(3 + drops),
      txErrors: at(4 + drops),
      txBytes: at(5 + drops),
      collisions: at(6 + drops),
    });
  }
  return result;
}
