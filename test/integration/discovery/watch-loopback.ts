import { DeviceStore } from '../../../src-main/devices/index.ts';
import { DiscoveryService } from '../../../src-main/discovery/index.ts';

/** Watches and searches loopback, and prints the list after every change: `DATA-FOLDER MDNS-PORT SSH-PORT`. */
async function main(dataDir: string, mdnsPort: number, sshPort: number): Promise<void> {
  const service = new DiscoveryService({
    networks: ['127.0.0.0/24'],
    homeDir: dataDir,
    devices: await DeviceStore.open(dataDir),
    mdnsPort,
    tickMs: 500,
  });
  service.changes.subscribe(() => process.stdout.write(`${JSON.stringify(service.list())}\n`));
  void service.watch(new AbortController().signal);
  service.start({ networks: ['127.0.0.0/24'], large: false, name: '', sshPort, agentPort: 1 });
  process.stdin.resume();
}

const [dataDir = '', mdnsPort, sshPort] = process.argv.slice(2);
void main(dataDir, Number(mdnsPort), Number(sshPort));
