// Reads everything from everyone who connects. Prints { port }, and { bytes, ms } from accepting to the end of each.
import { createServer } from 'node:net';

const server = createServer((socket) => {
  const acceptedAt = performance.now();
  let bytes = 0;
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => (bytes += chunk.length));
  socket.on('end', () => console.log(JSON.stringify({ bytes, ms: performance.now() - acceptedAt })));
});
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: server.address().port })));
