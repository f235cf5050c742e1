import type { LabPi } from './lab.ts';

const READY = '/run/lookout.ready';
const STOP = '/run/lookout.stop';

/** Reads the command line and the environment of every process, again and again, and prints each that differs once. */
const LOOKOUT = `
import json, os
seen = set()
last = False
while not last:
    last = os.path.exists('${STOP}')
    for pid in filter(str.isdigit, os.listdir('/proc')):
        for kind in ('cmdline', 'environ'):
            try:
                with open(f'/proc/{pid}/{kind}', 'rb') as file:
                    seen.add(kind + ' ' + file.read().decode('latin1'))
            except OSError:
                pass  # It ended meanwhile.
    open('${READY}', 'w').close()
print(json.dumps(sorted(seen)))
`;

/**
 * What any process of the Pi had on its command line or in its environment while something was done: `cmdline` or
 * `environ`, and its words with a NUL after each (proc(5)).
 */
export async function processesSeen(pi: LabPi, during: () => Promise<unknown>): Promise<readonly string[]> {
  await pi.shell(`rm -f ${READY} ${STOP}`);
  const lookout = pi.exec(['python3', '-c', LOOKOUT]);
  await pi.shell(`until [ -e ${READY} ]; do sleep 0.05; done`);
  try {
    await during();
  } finally {
    await pi.shell(`touch ${STOP}`);
  }
  const { stdout, stderr } = await lookout;
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as string[];
}
