import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { emptyForm, type SessionForm } from '../../../src-renderer/views/console/form/session-form.ts';
import { terminalLines, type TerminalLines } from '../../../src-renderer/views/console/form/terminal-lines.ts';
import { connect, run, serve } from './support/peers.ts';
import { freePort } from '../support/free-port.ts';
import { portOf, startSession, tcpListener, udpListener } from './support/sessions.ts';

function linesOf(part: Partial<SessionForm>): TerminalLines {
  const lines = terminalLines({ ...emptyForm(), ...part }, null);
  if (!lines) throw new Error('the form gives no lines');
  return lines;
}

describe('what stands beside the form', () => {
  it('connects from a terminal and from Python', async () => {
    const server = await serve((socket) => socket.end('hello'));
    const { shell, python } = linesOf({ host: '127.0.0.1', port: server.port });
    const typed = run('sh', ['-c', shell]);
    const script = run('python3', ['-c', `import socket\n${python}\nprint(s.recv(100))`]);
    await expect.poll(typed.output, { timeout: 15_000 }).toBe('hello');
    await expect.poll(script.output, { timeout: 15_000 }).toBe("b'hello'\n");
  });

  it.each([
    ['nc', 'none'],
    ['socat', 'echo'],
  ] as const)('listens with %s', async (program, responder) => {
    const port = await freePort();
    const { shell } = linesOf({ kind: 'tcp-listener', listenPort: port, responder });
    expect(shell).toMatch(new RegExp(`^${program} `));
    const typed = run('sh', ['-c', `exec ${shell}`]);
    const client = await connectSoon(port);
    client.write('knock');
    await expect.poll(responder === 'echo' ? client.received : typed.output, { timeout: 15_000 }).toBe('knock');
  });

  it('listens in Python', async () => {
    const port = await freePort();
    const { python } = linesOf({ kind: 'tcp-listener', listenPort: port });
    run('python3', ['-c', `import socket\n${python}\nc.sendall(b'welcome')`]);
    const client = await connectSoon(port);
    await expect.poll(client.received, { timeout: 15_000 }).toBe('welcome');
  });

  it('sends datagrams from a terminal and from Python', async () => {
    const session = await startSession(udpListener({ responder: { kind: 'echo' } }));
    const { shell, python } = linesOf({ kind: 'udp-client', host: '127.0.0.1', port: portOf(session) });
    const typed = run('sh', ['-c', `exec ${shell}`]);
    typed.stdin.write('knock');
    await expect.poll(typed.output, { timeout: 15_000 }).toBe('knock');
    const script = run('python3', ['-c', `import socket\n${python}\ns.send(b'knock')\nprint(s.recv(100))`]);
    await expect.poll(script.output, { timeout: 15_000 }).toBe("b'knock'\n");
  });

  it('is what a listener of the console is reached by', async () => {
    const session = await startSession(tcpListener({ responder: { kind: 'led' } }));
    const { shell } = linesOf({ host: '127.0.0.1', port: portOf(session) });
    const typed = run('sh', ['-c', `exec ${shell}`]);
    typed.stdin.write('ON');
    await expect.poll(typed.output, { timeout: 15_000 }).toBe('OK ON\n');
  });
});

/** A network of one's own, with a link-local address on `v0`, needs Linux and user namespaces. */
const canUnshare = spawnSync('unshare', ['-r', '-n', 'true']).status === 0;
const WITH_LINK_LOCAL = `
ip link add v0 type veth peer name v1 && ip addr add fe80::9/64 dev v0 nodad && for dev in lo v0 v1; do ip link set $dev up; done
python3 -c "$1" & listener=$!
while kill -0 $listener; do python3 -c "$2"; sleep 0.1; done 2>/dev/null`;

describe.skipIf(!canUnshare)('at a link-local address with its zone', () => {
  it.each([
    ['udp-client', 'udp-listener'],
    ['tcp-client', 'tcp-listener'],
  ] as const)('the Python of a %s reaches that of a %s', (client, listener) => {
    const place = { host: 'fe80::9%v0', bindHost: 'fe80::9%v0', port: 1234, listenPort: 1234 };
    const [listens, connects] = [listener, client].map(
      (kind) => `import socket\n${linesOf({ kind, ...place }).python}`,
    );
    const programs = [`${listens}; print('came')`, `${connects}; s.send(b'knock')`];
    const argv = ['20', 'unshare', '-r', '-n', 'sh', '-c', WITH_LINK_LOCAL, 'sh', ...programs];
    expect(spawnSync('timeout', argv, { encoding: 'utf8' })).toMatchObject({ stdout: 'came\n', stderr: '' });
  });
});

/** Connects as soon as something listens. */
async function connectSoon(port: number): ReturnType<typeof connect> {
  let client: Awaited<ReturnType<typeof connect>> | undefined;
  await expect
    .poll(
      async () => {
        client ??= await connect(port).catch(() => undefined);
        return client !== undefined;
      },
      { timeout: 15_000 },
    )
    .toBe(true);
  if (!client) throw new Error('nothing listens');
  return client;
}
