import { stepBytes, type Exchange, type ExchangeStep, type Role } from './exchange.ts';

/** The exchange as a Node script (an ES module) that plays the end `role`, with nothing but Node's own modules. */
export function nodeCode(exchange: Exchange, role: Role): string {
  if (exchange.transport === 'udp') return udpScript(exchange, role);
  return role === 'client' ? clientScript(exchange) : serverScript(exchange);
}

function clientScript({ host, port, tls, steps }: Exchange): string {
  const options = tls
    ? `{ host: ${JSON.stringify(host)}, port: ${port}, servername: ${JSON.stringify(tls.serverName || host)}, rejectUnauthorized: ${tls.verify}, allowHalfOpen: true }`
    : `{ host: ${JSON.stringify(host)}, port: ${port}, allowHalfOpen: true }`;
  return [
    tls ? "import tls from 'node:tls';" : "import net from 'node:net';",
    '',
    `const socket = ${tls ? 'tls' : 'net'}.connect(${options});`,
    READER,
    ...steps.flatMap((step) => stepLines(step, 'client')),
    'socket.end();',
    '',
  ].join('\n');
}

function serverScript({ host, port, steps }: Exchange): string {
  return [
    "import net from 'node:net';",
    '',
    'const server = net.createServer({ allowHalfOpen: true });',
    `server.listen(${port}, ${JSON.stringify(host)}, () => console.log('listening'));`,
    "const socket = await new Promise((resolve) => server.once('connection', resolve));",
    'server.close();',
    READER,
    ...steps.flatMap((step) => stepLines(step, 'server')),
    'socket.end();',
    '',
  ].join('\n');
}

/** Reads by count: TCP may cut or join what was sent. */
const READER = `socket.setNoDelay(true);
socket.on('error', (error) => {
  console.error(error.message);
  process.exit(1);
});

let buffered = Buffer.alloc(0);
let ended = false;
let wake = () => {};
socket.on('data', (chunk) => {
  buffered = Buffer.concat([buffered, chunk]);
  wake();
});
socket.on('end', () => {
  ended = true;
  wake();
});
const more = () => new Promise((resolve) => (wake = resolve));

/** Exactly count bytes; one chunk may hold fewer or more. */
async function receive(count) {
  while (buffered.length < count) {
    if (ended) throw new Error(\`the other side ended after \${buffered.length} of \${count} bytes\`);
    await more();
  }
  const bytes = buffered.subarray(0, count);
  buffered = buffered.subarray(count);
  return bytes;
}

async function end() {
  while (!ended) await more();
}
`;

function stepLines(step: ExchangeStep, role: Role): string[] {
  const ours = step.from === role;
  if (step.kind === 'end') return [ours ? 'socket.end(); // nothing more from here' : 'await end();'];
  if (ours) return step.chunks.map((chunk) => `socket.write(${literal(chunk)});`);
  return [`console.log(await receive(${stepBytes(step).length}));`];
}

function udpScript({ host, port, steps }: Exchange, role: Role): string {
  const type = host.includes(':') ? 'udp6' : 'udp4';
  const open =
    role === 'client'
      ? [`await new Promise((resolve) => socket.connect(${port}, ${JSON.stringify(host)}, resolve));`]
      : [
          `await new Promise((resolve) => socket.bind(${port}, ${JSON.stringify(host)}, resolve));`,
          "console.log('listening');",
        ];
  return [
    "import dgram from 'node:dgram';",
    '',
    `const socket = dgram.createSocket('${type}');`,
    'const waiting = [];',
    'let wake = () => {};',
    "socket.on('message', (message, peer) => {",
    '  waiting.push({ message, peer });',
    '  wake();',
    '});',
    'async function receive() {',
    '  while (waiting.length === 0) await new Promise((resolve) => (wake = resolve));',
    '  return waiting.shift();',
    '}',
    ...open,
    'let got;',
    ...steps.flatMap((step) => udpLines(step, role)),
    'socket.close();',
    '',
  ].join('\n');
}

function udpLines(step: ExchangeStep, role: Role): string[] {
  if (step.kind === 'end') return [];
  if (step.from !== role) return step.chunks.flatMap(() => ['got = await receive();', 'console.log(got.message);']);
  return step.chunks.map((chunk) => {
    const to = role === 'client' ? '' : ', got.peer.port, got.peer.address';
    return `await new Promise((resolve) => socket.send(${literal(chunk)}${to}, resolve));`;
  });
}

/** Text that is plain ASCII as a string, anything else in hexadecimal. */
function literal(bytes: Uint8Array): string {
  if (bytes.every((byte) => byte === 0x09 || byte === 0x0a || byte === 0x0d || (byte >= 0x20 && byte < 0x7f))) {
    return `Buffer.from(${JSON.stringify(Buffer.from(bytes).toString('latin1'))})`;
  }
  return `Buffer.from('${Buffer.from(bytes).toString('hex')}', 'hex')`;
}
