import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resolversOfThisComputer } from '../../../src-main/api/local-resolvers.ts';
import type { Device } from '../../../src-main/devices/index.ts';
import { DoctorService } from '../../../src-main/doctor/index.ts';
import { NetworkService } from '../../../src-main/network/index.ts';
import { KnownHostsStore } from '../../../src-main/ssh/index.ts';
import { LocalTarget } from '../../../src-main/target/local/index.ts';
import { TargetRegistry } from '../../../src-main/target/registry.ts';
import { deviceWith } from '../support/device.ts';

/** Examines the device that its argument describes, from the network it is started in, and prints the report. */
const [given = '{}'] = process.argv.slice(2);

const device = deviceWith(JSON.parse(given) as Partial<Device>);

async function main(): Promise<void> {
  const targets = new TargetRegistry(new LocalTarget({ deviceId: 'practice' }));
  const doctor = new DoctorService({
    devices: { get: () => device },
    targets,
    network: new NetworkService({ targets }),
    local: resolversOfThisComputer(null),
    knownHosts: new KnownHostsStore({
      own: join(tmpdir(), 'none', 'known_hosts'),
      user: join(tmpdir(), 'none', 'user'),
    }),
    signIns: { refusal: () => null },
    endpoints: { endpoint: async () => null },
    agents: { inspect: async () => ({ version: null, running: false, detail: '', log: [] }) },
    timing: { connectMs: 4000, bannerMs: 2000 },
  });
  const report = await doctor.run('pi', { switchLed: false });
  process.stdout.write(JSON.stringify(report));
  await targets.dispose();
}

void main();
