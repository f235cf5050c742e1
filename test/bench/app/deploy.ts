import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startSshd, type Sshd } from '../../integration/support/sshd.ts';
import { freePort } from '../../integration/support/free-port.ts';
import { PI_USER } from '../../lab/support/lab.ts';
import { signedIn } from '../../lab/support/signed-in.ts';
import { connectTarget } from '../../integration/support/ssh-target.ts';
import {
  DeployService,
  OptionsStore,
  RuntimeStore,
  type JobKind,
  type JobSnapshot,
} from '../../../src-main/deploy/index.ts';
import { LocalTarget } from '../../../src-main/target/local/index.ts';
import { TargetRegistry } from '../../../src-main/target/registry.ts';

// Deploys the agent to machines at once: `deploy.mjs FOLDER AGENT DEVICES` to so many on this computer, each a real sshd
// with an account of its own; `deploy.mjs FOLDER AGENT pi@ADDRESS` to a container Pi, with its real GPIO. Prints
// { first, again, upgrade } in milliseconds, from click to the last healthy agent.
const [folder = '', agent = '', where = '1'] = process.argv.slice(2);
const pi = where.startsWith(`${PI_USER}@`) ? where.slice(PI_USER.length + 1) : null;
const ids = Array.from({ length: pi === null ? Number(where) : 1 }, (_, n) => `device-${n}`);
const agentFile = join(folder, 'led-agent.cjs');
const text = await readFile(agent, 'utf8');
const targets = new TargetRegistry(new LocalTarget({ deviceId: 'practice', home: folder }));
const servers: Sshd[] = [];

async function serviceWith(agentText: string): Promise<DeployService> {
  await mkdir(folder, { recursive: true });
  await writeFile(agentFile, agentText);
  const options = await OptionsStore.open(folder);
  const runtimes = new RuntimeStore({ carriedDir: folder, cacheDir: folder });
  return new DeployService({ targets, options, dataDir: folder, agentFile, practiceDeviceId: 'practice', runtimes });
}

const ports = new Map<string, { readonly ledPort: number; readonly echoPort: number }>();

/** Does one piece of work on every device at once; gives the milliseconds and how each ended. */
async function onAll(deploy: DeployService, kind: JobKind): Promise<{ ms: number; kinds: readonly string[] }> {
  const startedAt = performance.now();
  const jobs = await Promise.all(ids.map((id) => run(deploy, id, kind)));
  const failed = jobs.find(({ result }) => result.kind === 'failed');
  if (failed?.result.kind === 'failed') throw new Error(`${failed.result.error.message} ${failed.result.error.hint}`);
  return { ms: performance.now() - startedAt, kinds: jobs.map(({ result }) => result.kind) };
}

function run(deploy: DeployService, id: string, kind: JobKind): Promise<JobSnapshot> {
  const { options } = deploy.watch(id);
  const settings = pi ? options.settings : { ...options.settings, driver: 'simulated' as const, ...ports.get(id) };
  return new Promise((resolve) => {
    const unsubscribe = deploy.snapshots.subscribe(({ deviceId, job }) => {
      if (deviceId !== id || job?.kind !== kind || job.result.kind === 'running') return;
      unsubscribe();
      resolve(job);
    });
    deploy.start(id, kind, kind === 'deploy' ? { options: { ...options, settings } } : {});
  });
}

try {
  if (pi !== null) await targets.add(await signedIn({ name: pi, ip: pi }, 'device-0'));
  for (const id of pi === null ? ids : []) {
    const sshd = await startSshd();
    servers.push(sshd);
    await targets.add(await connectTarget(sshd, { deviceId: id }));
    ports.set(id, { ledPort: await freePort(), echoPort: await freePort() });
  }
  const current = await serviceWith(text);
  const first = await onAll(current, 'deploy');
  const again = await onAll(current, 'deploy');
  if (again.kinds.some((kind) => kind !== 'unchanged'))
    throw new Error(`A second deployment ended: ${again.kinds.join()}.`);
  await current.dispose();
  const newer = text.replace(/(Pi Workbench LED agent )\S+/, '$19.9.9').replaceAll('"0.1.0"', '"9.9.9"');
  const next = await serviceWith(newer);
  const upgrade = await onAll(next, 'deploy');
  if (upgrade.kinds.some((kind) => kind !== 'done')) throw new Error(`The upgrade ended: ${upgrade.kinds.join()}.`);
  await onAll(next, 'uninstall');
  await next.dispose();
  console.log(JSON.stringify({ first: first.ms, again: again.ms, upgrade: upgrade.ms }));
} finally {
  await targets.dispose();
  for (const sshd of servers) await sshd.stop();
}
