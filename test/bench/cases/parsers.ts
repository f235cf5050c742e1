import { join } from 'node:path';
import type { BenchCase } from '../bench-case.ts';
import { compare, type Comparison } from '../measure.ts';
import { appProgram, projectDir, result } from '../programs.ts';

const KINDS = [
  ['ifconfig', 'ifconfig of net-tools', 'lines into words'],
  ['ip-addr-text', 'ip addr', 'lines into words'],
  ['ip-addr-json', 'ip -json addr', 'JSON.parse'],
  ['ip-route-json', 'ip -json route', 'JSON.parse'],
  ['neighbours', 'ip neigh', 'lines into words'],
  ['proc-net-dev', '/proc/net/dev', 'lines into words'],
] as const;

export const parsers: BenchCase = {
  name: 'parsers',
  title: 'Network parsers',
  about:
    'Recorded output of the real tools, parsed over and over in one process, beside the least that any parser of such a text does: splitting lines into words, or JSON.parse. A page reads a few kilobytes every second or so, so nothing here is felt; the ratio would show a parser that backtracks.',
  async run(context) {
    const fixtures = join(projectDir, 'test/fixtures/network/bench');
    const comparisons: Comparison[] = [];
    for (const [kind, what, least] of KINDS) {
      let latest: Promise<{ app: number; peer: number }> | null = null;
      const once = (): Promise<{ app: number; peer: number }> =>
        result([appProgram('parsers'), fixtures, kind, String(context.quick ? 50 : 150)]);
      // One process measures both in turn: the side asked first runs it, the other takes its half.
      const half = (key: 'app' | 'peer') => async () => {
        const running = latest ?? once();
        latest = latest ? null : running;
        return { rate: (await running)[key] };
      };
      comparisons.push(
        ...(await compare({
          metrics: [{ key: 'rate', what, unit: 'MB/s', better: 'more' }],
          rounds: context.rounds,
          app: { name: 'parser', measure: half('app') },
          peers: [{ name: least, measure: half('peer') }],
        })),
      );
    }
    return { comparisons };
  },
};
