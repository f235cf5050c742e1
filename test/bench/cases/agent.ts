import { join } from 'node:path';
import type { BenchCase } from '../bench-case.ts';
import { compare, type Comparison } from '../measure.ts';
import { peerProgram, projectDir, result, Running } from '../programs.ts';

export const agent: BenchCase = {
  name: 'agent',
  title: 'Agent’s command rate',
  about:
    '`ON` and its reply, one command at a time on each connection, as fast as they go: the built agent with the simulated driver beside a bare Node echo server, both asked by the same client program. The agent reads words, sets and reads back the pin, and words a reply; the echo server does nothing.',
  async run(context) {
    const built = join(projectDir, 'pi-agent/dist/led-agent.cjs');
    const flags = ['--driver', 'simulated', '--port', '0', '--echo-port', '0'];
    const led = new Running([built, ...flags], context, (line) => /led-port=(\d+)/.exec(line)?.[1]);
    const bare = new Running([peerProgram('echo-server')], context);
    const ports = { agent: await led.next<string>(), bare: String((await bare.next<{ port: number }>()).port) };
    const comparisons: Comparison[] = [];
    for (const clients of [1, 8, 64]) {
      const load = (port: string) => () =>
        result<Record<string, number>>([
          peerProgram('load-client'),
          port,
          String(clients),
          String(context.quick ? 300 : 1000),
        ]);
      const who = clients === 1 ? '1 client' : `${clients} clients`;
      comparisons.push(
        ...(await compare({
          metrics: [
            { key: 'perSecond', what: `${who}, rate`, unit: '/s', better: 'more' },
            { key: 'p99', what: `${who}, 99th percentile`, unit: 'ms', better: 'less' },
          ],
          rounds: context.rounds,
          app: { name: 'agent', measure: load(ports.agent) },
          peers: [{ name: 'bare Node echo server', measure: load(ports.bare) }],
        })),
      );
    }
    return { comparisons };
  },
};
