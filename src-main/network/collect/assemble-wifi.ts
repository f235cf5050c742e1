import type { WifiInfo } from '../model/model.ts';
import { parseIw, parseIwconfig, parseProcNetWireless, type WifiFacts } from '../parse/wifi.ts';
import type { Sourced } from './assemble.ts';
import type { Sections } from './sections.ts';

/** What is known of the Wi-Fi: `iw` first, holes filled from `iwconfig` and /proc/net/wireless. */
export function assembleWifi(sections: Sections): Sourced<WifiFacts> | null {
  const readings: readonly (readonly [string, WifiFacts])[] = [
    ['iw', parseIw(sections.anyText('iw') ?? '')],
    ['iwconfig', parseIwconfig(sections.anyText('iwconfig') ?? '')],
    ['/proc/net/wireless', parseProcNetWireless(sections.anyText('proc-wireless') ?? '')],
  ];
  const used = readings.filter(([, facts]) => facts.size > 0);
  if (used.length === 0) return null;
  const merged = new Map<string, WifiInfo>();
  for (const [, facts] of used) {
    for (const [name, wifi] of facts) merged.set(name, fillHoles(merged.get(name), wifi));
  }
  return { value: merged, source: used[0]?.[0] ?? '' };
}

/** Fields of `known`, and of `more` where `known` has none. */
function fillHoles(known: WifiInfo | undefined, more: WifiInfo): WifiInfo {
  if (!known) return more;
  const holes = Object.entries(more).filter(([key]) => known[key as keyof WifiInfo] === null);
  return { ...known, ...Object.fromEntries(holes) };
}
