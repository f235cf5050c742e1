import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';

/**
 * A port of loopback on which connections get lost: something listens with its queue full, so that the kernel drops each
 * further SYN, as a firewall would.
 */
export async function droppingPort(): Promise<number> {
  const child = spawn(
    'python3',
    [
      '-c',
      `import socket, sys, time
server = socket.socket(); server.bind(('127.0.0.1', 0)); server.listen(0)
port = server.getsockname()[1]
held = []
for _ in range(4):
    one = socket.socket(); one.setblocking(False); one.connect_ex(('127.0.0.1', port)); held.append(one)
time.sleep(0.3)
print(port, flush=True)
sys.stdin.read()`,
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  onTestFinished(async () => {
    child.stdin.end();
    if (child.exitCode === null) await once(child, 'exit');
  });
  const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
  return Number(chunk.toString().trim());
}
