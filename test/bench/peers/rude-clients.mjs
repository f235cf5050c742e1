// Four clients that no server likes: one never reads its answers, one sends garbage as fast as it is taken, one sends a
// byte a second, one says nothing at all. `rude-clients.mjs PORT`; prints `true` once all are connected, ends when killed
// or after a minute.
import { randomFillSync } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';

const port = Number(process.argv[2]);
const LIFE_MS = 60_000;

/** Does `act` with a connection, and again with a new one whenever the server closes it. */
function keep(act) {
  const socket = connect({ port, host: '127.0.0.1' }).on('error', () => undefined);
  socket.on('connect', () => act(socket));
  socket.on('close', () => setTimeout(() => keep(act), 10));
  return once(socket, 'connect');
}

function pour(socket, bytes) {
  const more = () => {
    while (socket.writable && socket.write(bytes));
  };
  socket.on('drain', more);
  more();
}

const commands = Buffer.from('TOGGLE\n'.repeat(2000));
const garbage = randomFillSync(Buffer.alloc(16_384));

await Promise.all([
  keep((socket) => pour(socket.pause(), commands)),
  keep((socket) => pour(socket.resume(), garbage)),
  keep((socket) => {
    const drip = setInterval(() => socket.write('x'), 1000);
    socket.resume().once('close', () => clearInterval(drip));
  }),
  keep((socket) => socket.resume()),
]);
console.log('true');
setTimeout(() => process.exit(), LIFE_MS);
