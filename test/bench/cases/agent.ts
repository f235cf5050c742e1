import { join } from 'node:path';
import type { BenchCase } from '../bench-case.ts';
import { NODE_FLAGS } from '../../../src-main/deploy/service/unit.ts';
import { compare, type Comparison, type Metric, type Side } from '../measure.ts';
import { peerProgram, projectDir, result, Running } from '../programs.ts';

export const agent: BenchCase = {
  name: 'agent',
  title: 'Agent’s command rate',
  about:
    '`ON` and its reply, one command at a time on each connection, as fast as they go: the built agent, started as a deployment starts it, with the simulated driver, beside a bare Node echo server, both asked by the same client program. The agent reads words, sets and reads back the pin, and words a reply; the echo server does nothing. “Rude clients” are four more at the same time, one that never reads, one that pours garbage, one that sends a byte a second and one that says nothing: what they cost the eight that behave.',
  async run(context) {
    const built = join(projectDir, 'pi-agent/dist/led-agent.cjs');
    const flags = ['--driver', 'simulated', '--port', '0', '--echo-port', '0'];
    const led = new Running([...NODE_FLAGS, built, ...flags], context, (line) => /led-port=(\d+)/.exec(line)?.[1]);
    const bare = new Running([peerProgram('echo-server')], context);
    const ports = { agent: await led.next<string>(), bare: String((await bare.next<{ port: number }>()).port) };
    const ms = String(context.quick ? 300 : 1000);
    const load = (port: string, clients: number) =>
      result<Record<string, number>>([peerProgram('load-client'), port, String(clients), ms]);
    const amidRudeness = async (port: string) => {
      const rude = new Running([peerProgram('rude-clients'), port], context);
      await rude.next<true>();
      try {
        return await load(port, 8);
      } finally {
        await rude.end();
      }
    };
    const comparisons: Comparison[] = [];
    const besideBare = async (
      who: string,
      metrics: readonly Metric[],
      measure: Side['measure'],
      bareSide: Side['measure'],
    ) => {
      const named = metrics.map((metric) => ({ ...metric, what: `${who}, ${metric.what}` }));
      const app = { name: 'agent', measure };
      const peers = [{ name: 'bare Node echo server', measure: bareSide }];
      comparisons.push(...(await compare({ metrics: named, rounds: context.rounds, app, peers })));
    };
    for (const clients of [1, 8, 64]) {
      const who = clients === 1 ? '1 client' : `${clients} clients`;
      await besideBare(
        who,
        METRICS,
        () => load(ports.agent, clients),
        () => load(ports.bare, clients),
      );
    }
    const who = '8 clients amid rude ones';
    await besideBare(
      who,
      METRICS.slice(1),
      () => amidRudeness(ports.agent),
      () => amidRudeness(ports.bare),
    );
    return { comparisons };
  },
};

const METRICS: readonly Metric[] = [
  { key: 'perSecond', what: 'rate', unit: '/s', better: 'more' },
  { key: 'median', what: 'median round trip', unit: 'ms', better: 'less' },
  { key: 'p99', what: '99th percentile', unit: 'ms', better: 'less' },
];
