import { createSocket } from 'node:dgram';
import { decode, encode, type Answer } from 'dns-packet';

/** RFC 1035, section 4.1.1. */
const NXDOMAIN = 3;

/** A DNS server that gives one address for every name but those under `.invalid` and `.local`; prints a line when it listens. `ADDRESS` */
function main(address: string): void {
  const socket = createSocket('udp4');
  socket.on('message', (bytes, from) => {
    const { id, flags: asked = 0, questions = [] } = decode(bytes);
    const unknown = questions.some(({ name }) => /\.(invalid|local)$/.test(name));
    const answers = questions.flatMap(({ type, name }): Answer[] =>
      type === 'A' && !unknown ? [{ type, name, ttl: 60, data: '192.0.2.7' }] : [],
    );
    const flags = asked | (unknown ? NXDOMAIN : 0);
    socket.send(encode({ type: 'response', id, flags, questions, answers }), from.port, from.address);
  });
  socket.bind(53, address, () => process.stdout.write('listening\n'));
}

const [address = ''] = process.argv.slice(2);
main(address);
