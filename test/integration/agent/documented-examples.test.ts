import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_IDLE_SECONDS, MAX_CLIENTS } from '../../../pi-agent/src/limits.ts';
import { MAX_PENDING_BYTES } from '../../../pi-agent/src/protocol.ts';
import { buildAgent, type AgentBuild } from './agent-process.ts';
import { LineClient } from './line-client.ts';

const run = promisify(execFile);
let build: AgentBuild;
let port: number;
let document: string;

beforeAll(async () => {
  build = await buildAgent();
  port = (await build.start()).ledPort;
  document = await readFile('pi-agent/PROTOCOL.md', 'utf8');
});
afterAll(() => build.dispose());

/** The document's example with the test's own port in place of the usual one. */
function example(pattern: RegExp): string {
  const text = pattern.exec(document)?.[1] ?? '';
  expect(text).toContain('1234');
  return text.replaceAll('1234', String(port));
}

describe('the examples of PROTOCOL.md, run as they are written', () => {
  test('nc prints what stands below it', async () => {
    const command = example(/^ {4}\$ (.*nc .*)$/m);
    const [, printed = ''] = /^ {4}\$ .*\n((?: {4}[^$].*\n)+)/m.exec(document) ?? [];
    const { stdout } = await run('sh', ['-c', command], { timeout: 20_000 });
    expect(stdout).toBe(printed.replaceAll(/^ {4}/gm, ''));
  });

  test('Python prints the level that was read back, and it is so', async () => {
    const program = example(/```python\n([^]*?)```/);
    const printed = /^# prints (.*)$/m.exec(program)?.[1];
    await run('sh', ['-c', `printf ON | nc -q1 127.0.0.1 ${port}`], { timeout: 20_000 });
    const { stdout } = await run('python3', ['-c', program], { timeout: 20_000 });
    expect(stdout).toBe(`${printed}\n`);
    const { stdout: level } = await run('sh', ['-c', `printf STATUS | nc -q1 127.0.0.1 ${port}`], { timeout: 20_000 });
    expect(level).toBe('OK OFF\n');
  });
});

describe('the replies that PROTOCOL.md shows', () => {
  test.each([
    ['ON', 'OK ON'],
    ['OFF', 'OK OFF'],
    ['BLINK 500\n', 'OK ON BLINK 500'],
    ['PULSE 200\n', 'OK ON PULSE 200'],
    ['UNWATCH', 'OK UNWATCH'],
    ['PING', 'OK PONG'],
    ['QUIT', 'OK BYE'],
  ])('%j is answered with %j, as written there', async (word, reply) => {
    const client = await LineClient.connect(port);
    await client.ask('OFF');
    expect(await client.ask(word)).toBe(reply);
    client.destroy();
    const row = document
      .split('\n')
      .find((line) => line.startsWith('|') && line.includes(`\`${word.split(' ')[0]?.trim()}`));
    expect(row).toContain(`\`${reply}\``);
  });

  test('name every error code of the agent, and its bounds', async () => {
    const source = await readFile('pi-agent/src/replies.ts', 'utf8');
    const faults = await readFile('pi-agent/src/protocol.ts', 'utf8');
    const codes = [source, faults].flatMap((text) =>
      [...text.matchAll(/^ {2,4}\| '([a-z]+(?:-[a-z]+)*)'/gm)].map(([, code]) => code),
    );
    expect(codes).toEqual(expect.arrayContaining(['unknown-command', 'internal', 'pin-busy']));
    for (const code of codes) expect(document).toContain(`\`${code}\``);
    for (const bound of [`${MAX_CLIENTS} clients`, `${DEFAULT_IDLE_SECONDS} s`, `${MAX_PENDING_BYTES} bytes`])
      expect(document).toContain(bound);
  });
});
