import { connect } from 'node:net';

/** Everything the agent on a port of this computer answers to these lines, asked as any program would. */
export function say(port: number, ...lines: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.end(lines.map((line) => `${line}\n`).join('')));
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    socket.once('close', () => resolve(text));
    socket.once('error', reject);
  });
}

/** What that agent says of itself. */
export function info(port: number): Promise<string> {
  return say(port, 'INFO');
}

/** The agent's line as soon as one answers: one that was just started does not listen yet. */
export async function infoOnceUp(port: number): Promise<string> {
  for (;;) {
    const text = await info(port).catch(() => '');
    if (text.includes('version=')) return text;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The version that answers, as soon as one does. */
export async function versionThatAnswers(port: number): Promise<string> {
  return /version=(\S+)/.exec(await infoOnceUp(port))?.[1] ?? '';
}
