import { execFile } from 'node:child_process';
import { access, readFile, readlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import type { DeployOptions, JobSnapshot, StepSnapshot } from '../../../src-main/deploy/index.ts';
import { Cable } from '../support/cable.ts';
import { connectTarget } from '../support/ssh-target.ts';
import { startSshd, type Sshd } from '../support/sshd.ts';
import { infoOnceUp, versionThatAnswers } from './asked.ts';
import { agentText, asVersion, DeployWorld } from './world.ts';

const run = promisify(execFile);
/** Nothing here is measured: it may take as long as a busy machine needs. */
const PATIENCE = { timeout: 40_000, interval: 50 };

/** An account on a real sshd at the far end of a cable, with an app that deploys to it as a plain process. */
export class SshPi {
  readonly sshd: Sshd;
  readonly cable: Cable;
  readonly world: DeployWorld;
  readonly options: DeployOptions;

  private constructor(sshd: Sshd, cable: Cable, world: DeployWorld, options: DeployOptions) {
    this.sshd = sshd;
    this.cable = cable;
    this.world = world;
    this.options = options;
  }

  /** `folder` is where the agent lives, in the account's home. */
  static async make(folder?: `~/${string}`): Promise<SshPi> {
    const sshd = await startSshd();
    const world = await DeployWorld.make();
    const usual = await world.options('pi', { driver: 'simulated' });
    return new SshPi(sshd, await Cable.lay(sshd.port), world, {
      ...usual,
      service: 'plain',
      folder: folder ?? usual.folder,
    });
  }

  async dispose(): Promise<void> {
    await this.world.dispose();
    await this.cable.take();
    await this.sshd.stop();
  }

  at(...parts: readonly string[]): string {
    return join(this.sshd.home, this.options.folder.replace('~/', ''), ...parts);
  }

  async signIn(): Promise<void> {
    this.cable.mend();
    const { address, user, keyPath, password } = this.sshd;
    const there = { address, user, keyPath, password, port: this.cable.port };
    await this.world.add(await connectTarget(there));
  }

  /** Calls back whenever a step of the work begins or ends; one may do so more than once. */
  onStep(change: (id: StepSnapshot['id'], isRunning: boolean) => void): () => void {
    return this.world.onStep('pi', change);
  }

  /** Deploys the agent as this version, to the end of it. */
  async deploy(version: string, change = (text: string): string => text): Promise<JobSnapshot> {
    await writeFile(this.world.agentFile, change(asVersion(version)(await agentText())));
    return this.world.run('pi', 'deploy', { options: this.options });
  }

  /** The version that is the current one once nobody works on the device any more, and that it is the one that answers. */
  async settledVersion(): Promise<string> {
    await expect.poll(() => exists(this.at('lock')), PATIENCE).toBe(false);
    const release = JSON.parse(await readFile(this.at('current', 'release.json'), 'utf8')) as { agentVersion: string };
    expect(await versionThatAnswers(this.options.settings.ledPort)).toBe(release.agentVersion);
    return release.agentVersion;
  }

  /** Ends the agent's process, as the kernel does when memory runs out, and waits until another one answers. */
  async crash(): Promise<void> {
    const { ledPort } = this.options.settings;
    const pidOf = (text: string): string | undefined => /pid=(\d+)/.exec(text)?.[1];
    const before = pidOf(await infoOnceUp(ledPort));
    process.kill(Number(before), 'SIGKILL');
    await expect.poll(async () => pidOf(await infoOnceUp(ledPort)), PATIENCE).not.toBe(before);
  }

  /** Everything in the agent's folder; the two releases that belong there go by what they are. */
  async files(): Promise<readonly string[]> {
    const { stdout } = await run('find', [this.at(), '-mindepth', '1', '-printf', '%P %y %m %u\n']);
    const roles = await Promise.all(
      ['current', 'previous'].map(async (role) => [basename(await readlink(this.at(role))), role] as const),
    );
    return roles
      .reduce((text, [id, role]) => text.replaceAll(id, role), stdout.trim())
      .split('\n')
      .sort();
  }
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
