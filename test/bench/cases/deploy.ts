import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, open, readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { PROBE_SCRIPT, STATUS_SCRIPT } from '../../../src-main/deploy/probe-script.ts';
import { systemUnit, UNIT_NAME } from '../../../src-main/deploy/service/unit.ts';
import { DEFAULT_OPTIONS } from '../../../src-main/deploy/settings.ts';
import { canMakeUsers } from '../../integration/support/temporary-user.ts';
import { PI_USER, type LabPi } from '../../lab/support/lab.ts';
import type { BenchCase, BenchContext, BenchResult } from '../bench-case.ts';
import { containerPi, NO_CONTAINER_PI } from '../container-pi.ts';
import { compare, figure, seriesOf, type Figure } from '../measure.ts';
import { appProgram, projectDir, result, runProgram } from '../programs.ts';

interface Times {
  readonly first: number;
  readonly again: number;
  readonly upgrade: number;
}

export const deploy: BenchCase = {
  name: 'deploy',
  title: 'Deployment, from click to healthy',
  about:
    'A container Pi with systemd, sudo, Node and a GPIO, signed in to: the first deployment, the same once more (nothing to do), and one to a newer version, each until the agent itself has answered. The peer is what a person does by hand in two commands over a connection that is already open (`ControlMaster`): `scp` of the agent and a unit, `ssh` with `systemctl enable --now`, and asking the port until it answers; no preflight, no check of the copy, no way back. The second peer does by hand what the app does besides: the same look at the machine, SHA-256 and `sync` of the copy, and the app’s own unit, with all that it locks away. Below, how the cost grows: signed-in machines, each Debian’s sshd on loopback with an account of its own and no systemd, so the agent runs as a plain supervised process, on 1, 4 and 16 machines at once. All machines share this one’s cores.',
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
    const lab = await onContainerPi(context);
    const factor = (medians.at(-1) ?? Number.NaN) / (medians[0] ?? Number.NaN);
    const most = context.quick ? 4 : 16;
    return {
      ...lab,
      figures: [...(lab.figures ?? []), ...figures, figure(`${most} devices for 1: factor in time`, '', factor)],
    };
  },
};

/** Deployments to a booted container Pi, beside the same done by hand. */
async function onContainerPi(context: BenchContext): Promise<BenchResult> {
  const address = { name: 'bench-deploy', ip: '10.77.0.61', mac: 'b8:27:eb:00:00:61' };
  const found = await containerPi({ ...address, node: 'debian' }, context);
  if (found === null) return { notes: [NO_CONTAINER_PI] };
  const { pi, keyPath } = found;
  const agent = join(projectDir, 'pi-agent/dist/led-agent.cjs');
  const login = await signInByHand(pi, keyPath, context);
  const plain = await byHand(pi, login, await simpleUnit(context), agent);
  const careful = await byHand(pi, login, await hardenedUnit(context), agent, true);
  const runs: Times[] = [];
  const comparisons = await compare({
    metrics: [{ key: 'first', what: 'container Pi: first deployment', unit: 'ms', better: 'less' }],
    rounds: Math.min(5, context.rounds),
    app: {
      name: 'deployment',
      measure: async () => {
        const folder = await mkdtemp(join(context.folder, 'pi-'));
        const times = await result<Times>([appProgram('deploy'), folder, agent, `${PI_USER}@${pi.ip}`]);
        runs.push(times);
        return { first: times.first };
      },
    },
    peers: [
      { name: 'scp and ssh by hand', measure: async () => ({ first: await plain() }) },
      { name: 'with look, checks and unit', measure: async () => ({ first: await careful() }) },
    ],
  });
  const counted = runs.slice(1);
  const figures = [
    { what: 'container Pi: again, nothing to do', unit: 'ms', pick: ({ again }: Times) => again },
    { what: 'container Pi: to a newer version', unit: 'ms', pick: ({ upgrade }: Times) => upgrade },
  ].map(({ what, unit, pick }) => ({ what, unit, series: seriesOf(what, counted.map(pick)) }));
  return { comparisons, figures };
}

/** What `ssh` and `scp` are given to reach the Pi. */
interface Login {
  readonly options: readonly string[];
  readonly name: string;
}

/** Signs in before the clock starts, as the app is. */
async function signInByHand(pi: LabPi, keyPath: string, context: BenchContext): Promise<Login> {
  const quiet = ['-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null', '-o', 'LogLevel=ERROR'];
  const name = `${PI_USER}@${pi.ip}`;
  const options = ['-o', `ControlPath=${join(context.folder, 'master')}`];
  await runProgram(
    'ssh',
    ['-f', '-N', '-M', '-i', keyPath, ...quiet, ...options, name],
    ['ignore', 'ignore', 'ignore'],
  );
  context.afterwards(() => runProgram('ssh', ['-q', '-O', 'exit', ...options, name], ['ignore', 'ignore', 'ignore']));
  return { options, name };
}

const AGENT_BY_HAND = '/opt/by-hand/led-agent.cjs';

/** The least that starts the agent with the machine. */
async function simpleUnit(context: BenchContext): Promise<string> {
  const lines = [
    ...['[Service]', `User=${PI_USER}`, 'SupplementaryGroups=gpio'],
    ...[`ExecStart=/usr/bin/node ${AGENT_BY_HAND}`, '[Install]', 'WantedBy=multi-user.target'],
  ];
  return unitFile(context, 'simple', `${lines.join('\n')}\n`);
}

async function hardenedUnit(context: BenchContext): Promise<string> {
  const where = { node: '/usr/bin/node', agentFile: AGENT_BY_HAND, folder: '/opt/by-hand', tokenFile: '' };
  const { settings } = DEFAULT_OPTIONS;
  return unitFile(context, 'hardened', systemUnit({ ...where, settings, user: PI_USER, gpioGroup: 'gpio' }));
}

async function unitFile(context: BenchContext, folder: string, text: string): Promise<string> {
  await mkdir(join(context.folder, folder));
  const path = join(context.folder, folder, 'by-hand.service');
  await writeFile(path, text);
  return path;
}

/** Puts the agent on the Pi with the tools a person has, and takes it away again; gives the first part's milliseconds. */
async function byHand(
  pi: LabPi,
  { options, name }: Login,
  unit: string,
  agent: string,
  checks = false,
): Promise<() => Promise<number>> {
  const sum = createHash('sha256')
    .update(await readFile(agent))
    .digest('hex');
  const look = join(dirname(unit), 'look.sh');
  await writeFile(look, `${PROBE_SCRIPT}\n${STATUS_SCRIPT}`);
  const place = `install -D /tmp/led-agent.cjs ${AGENT_BY_HAND} && install /tmp/by-hand.service /etc/systemd/system/`;
  const check = `echo '${sum}  ${AGENT_BY_HAND}' | sha256sum -c --quiet && sync ${AGENT_BY_HAND}`;
  const start = 'systemctl daemon-reload && systemctl enable -q --now by-hand';
  const script = [place, ...(checks ? [check] : []), start].join(' && ');
  return async () => {
    const startedAt = performance.now();
    if (checks) {
      const input = await open(look);
      const asked = ['sh', '-s', 'marker', DEFAULT_OPTIONS.folder, UNIT_NAME];
      await runProgram('ssh', [...options, name, ...asked], [input.fd, 'ignore', 'ignore']);
      await input.close();
    }
    await runProgram('scp', ['-q', ...options, agent, unit, `${name}:/tmp/`]);
    await runProgram('ssh', [...options, name, `sudo sh -c "${script}"`]);
    await answers(pi.ip, DEFAULT_OPTIONS.settings.ledPort);
    const ms = performance.now() - startedAt;
    await pi.shell('systemctl disable -q --now by-hand; rm -r /opt/by-hand /etc/systemd/system/by-hand.service');
    return ms;
  };
}

/** Until the agent at a port says what its LED is. */
async function answers(host: string, port: number): Promise<void> {
  for (;;) {
    const socket = connect({ host, port });
    const answer = await new Promise<string>((resolve) => {
      socket.once('connect', () => socket.write('STATUS'));
      socket.once('data', (chunk) => resolve(chunk.toString()));
      socket.once('error', () => resolve(''));
      socket.once('close', () => resolve(''));
    });
    socket.destroy();
    if (answer.startsWith('OK')) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
