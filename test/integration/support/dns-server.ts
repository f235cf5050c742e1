import { createSocket } from 'node:dgram';
import { decode, encode, type Answer } from 'dns-packet';

/** A DNS server that knows one address, and gives it for every name; prints a line when it listens. `ADDRESS` */
function main(address: string): void {
  const socket = createSocket('udp4');
  socket.on('message', (bytes, from) => {
    const { id, questions = [] } = decode(bytes);
    const answers = questions.flatMap(({ type, name }): Answer[] =>
      type === 'A' ? [{ type, name, ttl: 60, data: '192.0.2.7' }] : [],
    );
    const flags = decode(bytes).flags ?? 0;
    socket.send(encode({ type: 'response', id, flags, questions, answers }), from.port, from.address);
  });
  socket.bind(53, address, () => process.stdout.write('listening\n'));
}

const [address = ''] = process.argv.slice(2);
main(address);
