// A bare Node pipe from a socket to a file: `receive.mjs PORT FILE`. Prints { doneAt }.
import { createWriteStream } from 'node:fs';
import { connect } from 'node:net';
import { pipeline } from 'node:stream/promises';

const [port, path] = process.argv.slice(2);
await pipeline(connect(Number(port), '127.0.0.1'), createWriteStream(path));
console.log(JSON.stringify({ doneAt: performance.timeOrigin + performance.now() }));
