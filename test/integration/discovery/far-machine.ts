import { createServer } from 'node:net';
import { machine, Responder } from './responder.ts';

/**
 * A machine on a network: answers mDNS on the real port, by IPv4 or, where its address is of IPv6, on eth0 by IPv6; says on
 * port 22 that it is Raspbian. `NAME ADDRESS [MORE-ADDRESSES]`
 */
async function main(name: string, address: string, more: readonly string[]): Promise<void> {
  const isIpv6 = address.includes(':');
  await Responder.start(machine(name, address, { more }), { port: 5353, on: isIpv6 ? '::%eth0' : address });
  const server = createServer((socket) =>
    socket.on('error', () => undefined).end('SSH-2.0-OpenSSH_8.4p1 Raspbian-5+deb11u3\r\n'),
  );
  server.listen(22, isIpv6 ? '::' : address, () => process.stdout.write('ready\n'));
}

const [name = '', address = '', ...more] = process.argv.slice(2);
void main(name, address, more);
