import { execFile } from 'node:child_process';
import { getServers } from 'node:dns';
import { hostname, networkInterfaces, release } from 'node:os';
import type { CounterSample } from '../model/rates.ts';
import type { NetworkInterface, NetworkSnapshot } from '../model/model.ts';
import { parseWindowsFacts, WINDOWS_SCRIPT, type WindowsFacts } from '../parse/windows.ts';
import { interfacesFromNode } from './node-interfaces.ts';

/** Reads this computer where there is no POSIX shell: by PowerShell, and by what Node itself knows when that fails. */
export async function readWithoutShell(signal?: AbortSignal): Promise<NetworkSnapshot> {
  const facts = await askPowerShell(signal);
  const interfaces = facts?.interfaces ?? interfacesFromNode(networkInterfaces());
  const source = facts ? 'PowerShell' : 'Node.js';
  return {
    about: 'this-computer',
    takenAt: Date.now(),
    host: {
      name: hostname(),
      system: `${process.platform === 'win32' ? 'Windows' : process.platform} ${release()}`,
      model: null,
    },
    interfaces,
    routes: facts?.routes ?? null,
    dns: {
      servers: facts?.dns ?? getServers().map((address) => ({ address, interface: null })),
      stub: null,
      behindStubKnown: true,
      search: [],
      managedBy: null,
    },
    neighbours: facts?.neighbours ?? null,
    ifconfigText: null,
    sources: {
      interfaces: source,
      counters: facts ? source : null,
      routes: facts ? source : null,
      dns: source,
      neighbours: facts ? source : null,
      wifi: null,
    },
    problems: facts ? [] : ['PowerShell could not be asked, so gateway, MTU and counters are not known.'],
  };
}

/** One sample of the counters by PowerShell; empty when it cannot be asked. */
export async function sampleWithoutShell(signal?: AbortSignal): Promise<CounterSample> {
  const facts = await askPowerShell(signal);
  return { atSeconds: performance.now() / 1000, interfaces: (facts?.interfaces ?? []).map(sampleOf) };
}

function sampleOf({ name, index, counters }: NetworkInterface): CounterSample['interfaces'][number] {
  const faults = [counters?.rxErrors, counters?.rxDropped, counters?.txErrors, counters?.txDropped].flatMap(
    (one) => one ?? [],
  );
  return {
    name,
    index,
    rxBytes: counters?.rxBytes ?? null,
    txBytes: counters?.txBytes ?? null,
    rxPackets: counters?.rxPackets ?? null,
    txPackets: counters?.txPackets ?? null,
    faults: faults.length === 0 ? null : String(faults.reduce((sum, one) => sum + BigInt(one), 0n)),
  };
}

/** Null when PowerShell is missing, forbidden or too slow: then Node's own knowledge has to do. */
function askPowerShell(signal?: AbortSignal): Promise<WindowsFacts | null> {
  return new Promise((resolve) => {
    const args = ['-NoProfile', '-NonInteractive', '-Command', WINDOWS_SCRIPT];
    const options = { signal, timeout: 20_000, maxBuffer: 16 * 1024 * 1024, windowsHide: true };
    execFile('powershell.exe', args, options, (failed, stdout) => {
      resolve(failed ? null : parseWindowsFacts(stdout));
    });
  });
}
