import type { BenchCase } from '../bench-case.ts';
import { compare, type Comparison } from '../measure.ts';
import { appProgram, peerProgram, result, Running } from '../programs.ts';

interface Trips {
  readonly median: number;
  readonly p99: number;
}

export const echo: BenchCase = {
  name: 'echo',
  title: 'Echo round trip',
  about:
    'Median and 99th percentile of one-at-a-time round trips over loopback, the app’s echo test (content compared, statistics and progress running) beside a bare Node client that only counts bytes. Both talk to the same bare Node echo server in a process of its own.',
  async run(context) {
    const server = new Running([peerProgram('echo-server')], context);
    const { port } = await server.next<{ port: number }>();
    const comparisons: Comparison[] = [];
    for (const size of [1, 64, 1400, 65_536]) {
      const rounds = String((context.quick ? 500 : 5000) / (size > 10_000 ? 5 : 1));
      const what = size === 1 ? '1 byte' : `${size.toLocaleString('en')} bytes`;
      const inMicroseconds = ({ median, p99 }: Trips) => ({ median: median * 1000, p99: p99 * 1000 });
      comparisons.push(
        ...(await compare({
          metrics: [
            { key: 'median', what: `${what}, median`, unit: 'µs', better: 'less' },
            { key: 'p99', what: `${what}, 99th percentile`, unit: 'µs', better: 'less' },
          ],
          rounds: context.rounds,
          app: {
            name: 'echo test',
            measure: async () =>
              inMicroseconds(await result([appProgram('echo'), context.folder, String(port), String(size), rounds])),
          },
          peers: [
            {
              name: 'bare Node client',
              measure: async () =>
                inMicroseconds(await result([peerProgram('echo-client'), String(port), String(size), rounds])),
            },
          ],
        })),
      );
    }
    return { comparisons };
  },
};
