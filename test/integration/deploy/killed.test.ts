import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Cli, type CliRun } from '../cli/cli-process.ts';
import { SshPi } from './ssh-pi.ts';

let pi: SshPi;
let cli: Cli;
let files: readonly string[];
beforeAll(async () => {
  pi = await SshPi.make();
  cli = await Cli.create();
  await pi.signIn();
  await pi.deploy(nextVersion());
  await pi.deploy(nextVersion());
  files = await pi.files();
});
let deployments = 0;
const nextVersion = (): string => `0.0.${(deployments += 1)}`;
afterAll(async () => {
  await cli.remove();
  await pi.dispose();
});

/** The command line, deploying the version that was built. */
async function deployBuilt(): Promise<CliRun> {
  const { user, keyPath, port } = pi.sshd;
  const { ledPort, echoPort } = pi.options.settings;
  return cli.start([
    ...['deploy', `${user}@127.0.0.1:${port}`, '--key', keyPath, '--accept-host-key', await pi.sshd.fingerprint()],
    ...['--service', 'plain', '--driver', 'simulated', '--port', `${ledPort}`, '--echo-port', `${echoPort}`, '--json'],
  ]);
}

type HasComeSoFar = (out: string, commandsBefore: number) => boolean | Promise<boolean>;

/** Kills an app that deploys the version that was built at a moment of its work. Tells what ran before. */
async function killWhen(hasComeSoFar: HasComeSoFar): Promise<string> {
  for (;;) {
    const before = await pi.settledVersion();
    const commandsBefore = commands();
    const run = await deployBuilt();
    while (run.child.exitCode === null && !(await hasComeSoFar(run.out(), commandsBefore))) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    run.child.kill('SIGKILL');
    await run.result;
    if (run.child.signalCode === 'SIGKILL') return before;
    // On a busy machine it may be done before it is killed: then once more, from another version.
    expect(run.child.exitCode, run.err()).toBe(0);
    await pi.deploy(nextVersion());
  }
}

const hasEnded =
  (step: string) =>
  (out: string): boolean =>
    out.includes(`{"step":"${step}"`);

async function hasSentFiles(): Promise<boolean> {
  const [place] = await readdir(pi.at('incoming')).catch(() => []);
  return place !== undefined && (await readdir(pi.at('incoming', place)).catch(() => [])).length > 0;
}

/** How many commands sshd has started. */
const commands = (): number => pi.sshd.log().split('Starting session: command').length - 1;

describe('an app that is killed', () => {
  test.each([
    ['while it looks at the device', (_out: string, commandsBefore: number) => commands() > commandsBefore],
    ['while it looks for Node.js', hasEnded('preflight')],
    ['while it starts its program there', hasEnded('runtime')],
    ['while it waits for its turn and sends the files', hasEnded('upload')],
    ['while the files are put in place', hasSentFiles],
    ['while the new version is started', hasEnded('install')],
    ['while the new version is asked', hasEnded('start')],
    ['while the new version is made the current one', hasEnded('health')],
  ] as const)(
    '%s leaves a version that answers, and the next deployment finds nothing in its way',
    async (_name, moment) => {
      const before = await killWhen(moment);
      expect([before, '0.1.0']).toContain(await pi.settledVersion());
      expect((await pi.deploy(nextVersion())).result).toMatchObject({ kind: 'done' });
      expect(await pi.files()).toEqual(files);
    },
  );
});
