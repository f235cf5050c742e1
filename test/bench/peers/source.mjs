// Sends BYTES to everyone who connects, then ends. Prints { port }, and { acceptedAt } for each connection.
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';

const total = Number(process.argv[2]);
const piece = randomBytes(256 * 1024);
const now = () => performance.timeOrigin + performance.now();

const server = createServer((socket) => {
  console.log(JSON.stringify({ acceptedAt: now() }));
  let left = total;
  socket.on('error', () => socket.destroy());
  socket.resume();
  const more = () => {
    while (left > 0) {
      const part = left < piece.length ? piece.subarray(0, left) : piece;
      left -= part.length;
      if (!socket.write(part)) return;
    }
    socket.end();
  };
  socket.on('drain', more);
  more();
});
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: server.address().port })));
