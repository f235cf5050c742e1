import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Device } from '../../../src-main/devices/index.ts';
import {
  DoctorService,
  type AgentState,
  type DoctorReport,
  type DoctorStep,
  type StepId,
} from '../../../src-main/doctor/index.ts';
import type { LocalResolvers } from '../../../src-main/dns/index.ts';
import type { AppError } from '../../../src-main/errors/index.ts';
import type { AgentEndpoint } from '../../../src-main/led/index.ts';
import { NetworkService, type NetworkSnapshot } from '../../../src-main/network/index.ts';
import { KnownHostsStore } from '../../../src-main/ssh/index.ts';
import { LocalTarget } from '../../../src-main/target/local/index.ts';
import { TargetRegistry } from '../../../src-main/target/registry.ts';
import type { Target } from '../../../src-main/target/target.ts';
import { offlinePath } from '../support/offline-programs.ts';
import { deviceWith } from '../support/device.ts';
import { stepIn } from './step-in.ts';

export const noAgent: AgentState = { version: null, running: false, detail: '', log: [] };
export const agentRuns: AgentState = { version: '1.0.0', running: true, detail: 'active (running)', log: [] };

const noMdns: LocalResolvers = {
  servers: async () => [],
  mdnsInterfaces: () => ({ interfaces: [], reason: 'None in a test.' }),
  ownAddresses: () => [],
};

export interface CaseOptions {
  readonly local?: LocalResolvers;
  readonly device?: Partial<Device>;
  /** Why the device refused the last sign-in. */
  readonly refusal?: AppError;
  readonly target?: Target;
  readonly endpoint?: AgentEndpoint | null;
  readonly agent?: AgentState;
  /** Replaces what is read of this computer (null) or of the device. */
  readonly network?: (deviceId: string | null, real: NetworkSnapshot) => NetworkSnapshot;
  readonly switchLed?: boolean;
  readonly signal?: AbortSignal;
  readonly knownHosts?: KnownHostsStore;
}

/** One examination of one device; everything it touches is real but what the options replace. */
export async function examine(options: CaseOptions): Promise<{
  readonly report: DoctorReport;
  readonly told: readonly DoctorStep[];
  step(id: StepId): DoctorStep;
}> {
  const folder = await mkdtemp(join(tmpdir(), 'pi-workbench-doctor-'));
  const targets = new TargetRegistry(new LocalTarget({ deviceId: 'practice' }));
  if (options.target) await targets.add(options.target);
  const real = new NetworkService({ targets });
  const service = new DoctorService({
    devices: { get: () => deviceWith(options.device ?? {}) },
    targets,
    network: {
      read: async (id, signal) => {
        const snapshot = await real.read(id, signal);
        return options.network?.(id, snapshot) ?? snapshot;
      },
    },
    local: options.local ?? noMdns,
    knownHosts:
      options.knownHosts ?? new KnownHostsStore({ own: join(folder, 'known_hosts'), user: join(folder, 'none') }),
    signIns: { refusal: () => options.refusal ?? null },
    endpoints: { endpoint: async () => options.endpoint ?? null },
    agents: { inspect: async () => options.agent ?? noAgent },
    timing: { connectMs: 1500, bannerMs: 1500 },
  });
  const told: DoctorStep[] = [];
  try {
    const report = await service.run(options.device?.id ?? 'pi', {
      switchLed: options.switchLed ?? true,
      signal: options.signal,
      onStep: (step) => told.push(step),
    });
    return {
      report,
      told,
      step: (id) => stepIn(report, id),
    };
  } finally {
    await targets.dispose();
    await rm(folder, { recursive: true, force: true });
  }
}

/** A target that is this machine with other programs first in its PATH, and a home folder of its own; nothing leaves it. */
export async function machineWith(programs: Readonly<Record<string, string>>, home?: string): Promise<LocalTarget> {
  const folder = await mkdtemp(join(tmpdir(), 'pi-workbench-machine-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const environment = { PATH: await offlinePath(folder), HOME: home ?? folder };
  for (const [name, text] of Object.entries(programs)) {
    await writeFile(join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  }
  return new LocalTarget({ deviceId: 'pi', home: home ?? folder, environment });
}

/** A server that does `answer` with each connection; its port. */
export async function serve(address: string, answer: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
    answer(socket);
  });
  server.listen(0, address);
  await once(server, 'listening');
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}
