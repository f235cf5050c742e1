import { pythonLiteral } from '../display/index.ts';
import { stepBytes, type Exchange, type ExchangeStep, type Role } from './exchange.ts';

/** Characters of a literal on one line before it is broken up. */
const LINE_CHARACTERS = 88;
/** Bytes of a literal's one line. */
const LINE_BYTES = 64;

/** The exchange as a Python script that plays the end `role`: the standard library and nothing else. */
export function pythonCode(exchange: Exchange, role: Role): string {
  if (exchange.transport === 'udp') return udpScript(exchange, role);
  return role === 'client' ? clientScript(exchange) : serverScript(exchange);
}

function clientScript(exchange: Exchange): string {
  const { host, port, tls } = exchange;
  const name = tls?.serverName || host;
  const secure = tls
    ? [
        '    context = ssl.create_default_context()',
        ...(tls.verify ? [] : ['    context.check_hostname = False', '    context.verify_mode = ssl.CERT_NONE']),
        `    sock = context.wrap_socket(sock, server_hostname=${quoted(name)})`,
      ]
    : [];
  return [
    '#!/usr/bin/env python3',
    tls ? 'import socket\nimport ssl' : 'import socket',
    '',
    `HOST = ${quoted(host)}`,
    `PORT = ${port}`,
    '',
    RECEIVE,
    '',
    'with socket.create_connection((HOST, PORT), timeout=10) as sock:',
    ...secure,
    ...steps(exchange, 'client', 'sock'),
    '',
  ].join('\n');
}

function serverScript(exchange: Exchange): string {
  const { host, port } = exchange;
  const family = host.includes(':') ? ', family=socket.AF_INET6' : '';
  return [
    '#!/usr/bin/env python3',
    'import socket',
    '',
    `HOST = ${quoted(host)}`,
    `PORT = ${port}`,
    '',
    RECEIVE,
    '',
    `with socket.create_server(${addressOf(host)}${family}) as server:`,
    "    print('listening on', HOST, PORT, flush=True)",
    '    sock, address = server.accept()',
    "    print('accepted', address, flush=True)",
    '    with sock:',
    ...steps(exchange, 'server', 'sock').map((line) => `    ${line}`),
    '',
  ].join('\n');
}

/** `connect` and `bind` of Python lose the zone of a link-local address (EINVAL), which `getaddrinfo` makes a number of. */
const addressOf = (host: string): string =>
  host.includes('%') ? 'socket.getaddrinfo(HOST, PORT)[0][4]' : '(HOST, PORT)';

/** How the client and the server read: TCP may cut or join what was sent, so bytes are counted. */
const RECEIVE = `
def receive(sock, count):
    """Reads exactly count bytes; one recv may return fewer."""
    data = b''
    while len(data) < count:
        chunk = sock.recv(count - len(data))
        if not chunk:
            raise EOFError(f'the other side ended after {len(data)} of {count} bytes')
        data += chunk
    return data
`;

function steps({ steps: all }: Exchange, role: Role, sock: string): string[] {
  return all.flatMap((step) => stepLines(step, role, sock)).map((line) => `    ${line}`);
}

function stepLines(step: ExchangeStep, role: Role, sock: string): string[] {
  const ours = step.from === role;
  if (step.kind === 'end') {
    return ours
      ? [`${sock}.shutdown(socket.SHUT_WR)  # nothing more from here`]
      : [`print(${sock}.recv(1))  # b'' says that the other side has ended`];
  }
  if (ours) return step.chunks.map((chunk) => `${sock}.sendall(${literal(chunk)})`);
  const bytes = stepBytes(step);
  const expected = pythonLiteral(bytes);
  const comment = expected.length <= LINE_CHARACTERS ? `  # ${expected}` : '';
  return [`print(receive(${sock}, ${bytes.length}))${comment}`];
}

function udpScript(exchange: Exchange, role: Role): string {
  const { host, port } = exchange;
  const family = host.includes(':') ? 'socket.AF_INET6' : 'socket.AF_INET';
  const open = `    sock.${role === 'client' ? 'connect' : 'bind'}(${addressOf(host)})`;
  const ready = role === 'client' ? [] : ["    print('listening on', HOST, PORT, flush=True)"];
  return [
    '#!/usr/bin/env python3',
    'import socket',
    '',
    `HOST = ${quoted(host)}`,
    `PORT = ${port}`,
    '',
    `with socket.socket(${family}, socket.SOCK_DGRAM) as sock:`,
    '    sock.settimeout(10)',
    open,
    ...ready,
    ...exchange.steps.flatMap((step) => udpLines(step, role)).map((line) => `    ${line}`),
    '',
  ].join('\n');
}

function udpLines(step: ExchangeStep, role: Role): string[] {
  if (step.kind === 'end') return [];
  if (step.from !== role) {
    return step.chunks.map(() => (role === 'client' ? 'print(sock.recv(65535))' : 'data, peer = sock.recvfrom(65535)'));
  }
  return step.chunks.map((chunk) =>
    role === 'client' ? `sock.send(${literal(chunk)})` : `sock.sendto(${literal(chunk)}, peer)`,
  );
}

/** A literal on one line, or on several in parentheses. */
function literal(bytes: Uint8Array): string {
  const whole = pythonLiteral(bytes);
  if (whole.length <= LINE_CHARACTERS) return whole;
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += LINE_BYTES) lines.push(pythonLiteral(bytes.subarray(at, at + LINE_BYTES)));
  return `\n        ${lines.join('\n        ')}\n    `;
}

/** A Python text literal; JSON's escapes are Python's too. */
function quoted(text: string): string {
  return JSON.stringify(text);
}
