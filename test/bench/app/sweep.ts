import { mkdtemp, rm } from 'node:fs/promises';
import { isIPv4 } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeviceStore } from '../../../src-main/devices/index.ts';
import { DiscoveryService } from '../../../src-main/discovery/index.ts';

// Searches a network as the page's button does: `sweep.mjs CIDR`. Prints { ms, found }.
const [network = ''] = process.argv.slice(2);
const dataDir = await mkdtemp(join(tmpdir(), 'pi-workbench-sweep-'));
const devices = await DeviceStore.open(dataDir);
const service = new DiscoveryService({ networks: [network], homeDir: dataDir, devices });
const startedAt = performance.now();
const done = new Promise<void>((resolve) => {
  service.changes.subscribe(({ search }) => {
    if (search.phase === 'done') resolve();
  });
});
// A search goes on only for somebody who watches.
const watching = new AbortController();
const watched = service.watch(watching.signal);
service.start({ networks: [network], large: true, sshPort: 22, agentPort: 1234, name: '' });
await done;
const ms = performance.now() - startedAt;
// One machine may have several addresses, some of them not of this network.
const found = service
  .list()
  .devices.flatMap(({ ssh, addresses }) => (ssh?.state === 'open' ? addresses : []))
  .filter(({ address }) => isIPv4(address)).length;
watching.abort();
await watched;
await service.dispose();
await rm(dataDir, { recursive: true });
console.log(JSON.stringify({ ms, found }));
