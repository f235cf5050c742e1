import { AppError } from '../errors/index.ts';
import type { Target } from '../target/target.ts';
import type { Installation } from './installation.ts';
import type { Job } from './job.ts';
import { REMOVE_MADE_FOLDERS } from './made-folders.ts';
import { probeInstallation } from './probe.ts';
import { ServiceControl } from './service/control.ts';

const BUSY = 75;

/**
 * POSIX sh that removes what deployments put into the agent's folder, and the folders that the first of them made, as
 * long as they are empty. Arguments: the folder. Ends with 75 when a deployment is under way.
 */
const REMOVE_FILES = String.raw`
folder=$1
export LC_ALL=C
PATH="$PATH:/usr/bin:/bin"
if [ -r "$folder/lock/owner.json" ]; then
  read -r line <"$folder/lock/owner.json" || [ -n "$line" ]
  pid=${'$'}{line#*'"pid":'}
  pid=${'$'}{pid%%[,\}]*}
  kill -0 "$pid" 2>/dev/null && exit ${BUSY}
fi
made= one=$folder
[ -r "$folder/made" ] && read -r made <"$folder/made"
cd "$folder" 2>/dev/null || exit 0
rm -rf releases incoming runtimes log run lock lock.* current current.*.part previous previous.*.part token made made-units lingered *.part || exit 1
cd /
${REMOVE_MADE_FOLDERS}
exit 0
`;

export const REMOVE_STEPS = ['stop', 'remove'] as const;

export interface RemovalOptions {
  readonly target: Target;
  readonly folder: string;
  readonly password: string | undefined;
  readonly job: Job;
  readonly signal: AbortSignal;
}

/** Takes the agent off a device so that nothing of it is left; works without Node. Raises `DEPLOY_BUSY`. */
export async function removeAgent({ target, folder, password, job, signal }: RemovalOptions): Promise<void> {
  const installation = await job.step('stop', async (report) => {
    const found = await probeInstallation(target, folder, signal);
    const control = new ServiceControl({ target, folder: found.folder, password });
    await control.removeAll(found);
    report.detail('It is stopped, and nothing starts it again.');
    return found;
  });
  await job.step('remove', async (report) => {
    await removeFiles(target, installation);
    report.detail(`Nothing of it is left in ${installation.folder}.`);
  });
}

async function removeFiles(target: Target, { folder }: Installation): Promise<void> {
  const result = await target.exec({ argv: ['/bin/sh', '-c', REMOVE_FILES, 'sh', folder] }, { timeoutMs: 60_000 });
  if (result.code === 0) return;
  if (result.code === BUSY) {
    throw new AppError('DEPLOY_BUSY', `Somebody is deploying to ${target.name} right now.`, {
      hint: 'Wait until that is over, then remove the agent.',
    });
  }
  throw new AppError('REMOVE_FAILED', `Not everything in ${folder} could be removed.`, {
    hint: 'Look at who owns the files there, then try again.',
    cause: result.stderr.trim(),
  });
}
