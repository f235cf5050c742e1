import { createServer } from 'node:net';
import { machine, Responder } from './responder.ts';

/** A machine on a network: answers mDNS on the real port, and says on port 22 that it is Raspbian. `NAME ADDRESS` */
async function main(name: string, address: string): Promise<void> {
  await Responder.start(machine(name, address), { port: 5353, on: address });
  const server = createServer((socket) =>
    socket.on('error', () => undefined).end('SSH-2.0-OpenSSH_8.4p1 Raspbian-5+deb11u3\r\n'),
  );
  server.listen(22, address, () => process.stdout.write('ready\n'));
}

const [name = '', address = ''] = process.argv.slice(2);
void main(name, address);
