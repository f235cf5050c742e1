// Keeps CLIENTS connections busy for MS milliseconds, each with one command at a time: `load-client.mjs PORT CLIENTS MS`.
// A reply is a line. Prints { perSecond, median, p99 }, the latter two in milliseconds.
import { once } from 'node:events';
import { connect } from 'node:net';

const [port, clients, ms] = process.argv.slice(2).map(Number);
const command = Buffer.from('ON\n');
const WARM_UP_MS = 200;

const sockets = await Promise.all(
  Array.from({ length: clients }, async () => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    return socket;
  }),
);
const from = performance.now() + WARM_UP_MS;
const until = from + ms;
const trips = [];
await Promise.all(
  sockets.map(
    (socket) =>
      new Promise((resolve) => {
        let sentAt = performance.now();
        socket.on('data', (chunk) => {
          if (chunk[chunk.length - 1] !== 10) return;
          const now = performance.now();
          if (sentAt >= from) trips.push(now - sentAt);
          if (now >= until) {
            socket.destroy();
            resolve();
            return;
          }
          sentAt = now;
          socket.write(command);
        });
        socket.write(command);
      }),
  ),
);
trips.sort((a, b) => a - b);
const quantile = (share) => trips[Math.floor(trips.length * share)];
console.log(JSON.stringify({ perSecond: (trips.length / ms) * 1000, median: quantile(0.5), p99: quantile(0.99) }));
