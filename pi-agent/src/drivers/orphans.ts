import { readFile, readdir } from 'node:fs/promises';
import { HOLDER_MARK } from './line-holder.ts';

/** Ends the `gpioset` processes of agents that are gone: they would hold the line for ever. Returns their process ids. */
export async function endOrphanedHolders(proc = '/proc'): Promise<number[]> {
  const ended: number[] = [];
  for (const name of await processFolders(proc)) {
    const owner = await holderOwner(`${proc}/${name}`);
    if (owner === null || isAlive(owner)) continue;
    if (signal(Number(name), 'SIGTERM')) ended.push(Number(name));
  }
  return ended;
}

async function processFolders(proc: string): Promise<string[]> {
  try {
    return (await readdir(proc)).filter((name) => /^\d+$/.test(name));
  } catch {
    // No /proc, as on macOS: no libgpiod either.
    return [];
  }
}

/** The process id of the agent that started this holder; null when it is no holder, or another user's. */
async function holderOwner(folder: string): Promise<number | null> {
  try {
    if ((await readFile(`${folder}/comm`, 'utf8')).trim() !== 'gpioset') return null;
    const variables = (await readFile(`${folder}/environ`, 'utf8')).split('\0');
    const mark = variables.find((variable) => variable.startsWith(`${HOLDER_MARK}=`));
    return mark === undefined ? null : Number(mark.slice(HOLDER_MARK.length + 1));
  } catch {
    // It ended meanwhile, or belongs to another user.
    return null;
  }
}

function isAlive(pid: number): boolean {
  return signal(pid, 0);
}

function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch (thrown) {
    return typeof thrown === 'object' && thrown !== null && 'code' in thrown && thrown.code === 'EPERM';
  }
}
