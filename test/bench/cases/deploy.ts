import { existsSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { canMakeUsers } from '../../integration/support/temporary-user.ts';
import type { BenchCase } from '../bench-case.ts';
import { figure, seriesOf, type Figure } from '../measure.ts';
import { appProgram, projectDir, result } from '../programs.ts';

interface Times {
  readonly first: number;
  readonly again: number;
  readonly upgrade: number;
}

export const deploy: BenchCase = {
  name: 'deploy',
  title: 'Deployment, from click to healthy',
  about:
    'Signed-in machines, each Debian’s sshd on loopback with an account of its own and no systemd, so the agent runs as a plain supervised process: the first deployment, the same once more (nothing to do), and one to a newer version, on 1, 4 and 16 machines at once. All machines share this one’s cores.',
  async run(context) {
    if (!existsSync('/usr/sbin/sshd') || !canMakeUsers()) {
      return { notes: ['Not measured: Debian’s openssh-server and the right to make accounts are needed.'] };
    }
    const figures: Figure[] = [];
    const medians: number[] = [];
    for (const count of context.quick ? [1, 4] : [1, 4, 16]) {
      const runs: Times[] = [];
      for (let n = 0; n < (context.quick || count === 16 ? 1 : 3); n += 1) {
        const folder = await mkdtemp(join(context.folder, 'deploy-'));
        const agent = join(projectDir, 'pi-agent/dist/led-agent.cjs');
        runs.push(await result([appProgram('deploy'), folder, agent, String(count)]));
      }
      const who = count === 1 ? '1 device' : `${count} devices`;
      const all = (what: string, pick: (times: Times) => number): Figure => {
        return { what: `${who}: ${what}`, unit: 'ms', series: seriesOf(what, runs.map(pick)) };
      };
      const first = all('first deployment', (times) => times.first);
      medians.push(first.series.median);
      figures.push(
        first,
        all('again, nothing to do', (times) => times.again),
        all('to a newer version', (times) => times.upgrade),
      );
    }
    const factor = (medians.at(-1) ?? Number.NaN) / (medians[0] ?? Number.NaN);
    const most = context.quick ? 4 : 16;
    return { figures: [...figures, figure(`${most} devices for 1: factor in time`, '', factor)] };
  },
};
