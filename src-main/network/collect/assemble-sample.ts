import type { Counters } from '../model/model.ts';
import type { CounterSample, InterfaceSample } from '../model/rates.ts';
import { parseIfconfig } from '../parse/ifconfig.ts';
import { parseNetstatCounters } from '../parse/netstat-counters.ts';
import { parseProcNetDev } from '../parse/proc-net.ts';
import { parseSysClassNet } from '../parse/sys-class-net.ts';
import type { Sections } from './sections.ts';

/** One sample from the sections of the sample script; `arrivedSeconds` is used when the machine tells no uptime. */
export function assembleSample(sections: Sections, arrivedSeconds: number): CounterSample {
  const uptime = Number.parseFloat(sections.text('uptime') ?? '');
  const indexes = new Map(parseSysClassNet(sections.anyText('index') ?? '').map(({ name, index }) => [name, index]));
  return {
    atSeconds: Number.isFinite(uptime) ? uptime : arrivedSeconds,
    interfaces: [...readCounters(sections)].map(([name, counters]) =>
      sampleOf(name, indexes.get(name) ?? null, counters),
    ),
  };
}

function readCounters(sections: Sections): ReadonlyMap<string, Counters> {
  const proc = parseProcNetDev(sections.text('proc-dev') ?? '');
  if (proc.size > 0) return proc;
  const netstat = parseNetstatCounters(sections.text('netstat-counters') ?? '');
  if (netstat.size > 0) return netstat;
  const interfaces = parseIfconfig(sections.text('ifconfig') ?? '');
  return new Map(interfaces.flatMap(({ name, counters }) => (counters ? [[name, counters] as const] : [])));
}

function sampleOf(name: string, index: number | null, counters: Counters): InterfaceSample {
  return {
    name,
    index,
    rxBytes: counters.rxBytes,
    txBytes: counters.txBytes,
    rxPackets: counters.rxPackets,
    txPackets: counters.txPackets,
    faults: sum([counters.rxErrors, counters.rxDropped, counters.txErrors, counters.txDropped]),
  };
}

/** Null when none is known. */
function sum(parts: readonly (string | null)[]): string | null {
  const known = parts.flatMap((part) => part ?? []);
  return known.length === 0 ? null : String(known.reduce((total, part) => total + BigInt(part), 0n));
}
