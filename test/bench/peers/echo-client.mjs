// The barest echo client: one message at a time, no look at the content. `echo-client.mjs PORT SIZE ROUNDS`.
import { connect } from 'node:net';

const [port, size, rounds] = process.argv.slice(2).map(Number);
const message = Buffer.alloc(size, 0x5a);
const trips = new Float64Array(rounds);
const socket = connect({ port, host: '127.0.0.1', noDelay: true });
let done = -200; // Rounds before the first that counts.
let have = 0;
let sentAt = 0;

function send() {
  have = 0;
  sentAt = performance.now();
  socket.write(message);
}

socket.on('connect', send);
socket.on('data', (chunk) => {
  have += chunk.length;
  if (have < size) return;
  if (done >= 0) trips[done] = performance.now() - sentAt;
  done += 1;
  if (done < rounds) send();
  else socket.end();
});
socket.on('close', () => {
  trips.sort();
  console.log(JSON.stringify({ median: trips[rounds >> 1], p99: trips[Math.floor(rounds * 0.99)] }));
});
