// A bare Node pipe from a file to a socket: `send.mjs PORT FILE`.
import { createReadStream } from 'node:fs';
import { connect } from 'node:net';
import { pipeline } from 'node:stream/promises';

const [port, path] = process.argv.slice(2);
await pipeline(createReadStream(path), connect(Number(port), '127.0.0.1'));
