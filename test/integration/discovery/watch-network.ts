import { createInterface } from 'node:readline';
import { DeviceStore } from '../../../src-main/devices/index.ts';
import { DiscoveryService, type SearchOptions } from '../../../src-main/discovery/index.ts';

/**
 * Watches networks and prints the list after every change; begins a search for each line of its input, which is its
 * `SearchOptions` as JSON. `DATA-FOLDER NETWORKS MDNS-PORT`
 */
async function main(dataDir: string, networks: readonly string[], mdnsPort: number): Promise<void> {
  const service = new DiscoveryService({
    networks,
    homeDir: dataDir,
    devices: await DeviceStore.open(dataDir),
    mdnsPort,
    tickMs: 500,
  });
  service.changes.subscribe(() => process.stdout.write(`${JSON.stringify(service.list())}\n`));
  void service.watch(new AbortController().signal);
  createInterface(process.stdin).on('line', (line) => service.start(JSON.parse(line) as SearchOptions));
}

const [dataDir = '', networks = '', mdnsPort] = process.argv.slice(2);
void main(dataDir, networks.split(','), Number(mdnsPort));
