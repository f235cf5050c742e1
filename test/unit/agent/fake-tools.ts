import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Programs of a Pi as real shell scripts in a folder of their own, which alone is searched. */
export interface FakeTools {
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;
  add(name: string, script: string): Promise<void>;
  read(name: string): Promise<string>;
  remove(): Promise<void>;
}

/** `/usr/bin` is searched too, for what the scripts themselves use, unless `alone`. */
export async function fakeTools({ alone = false } = {}): Promise<FakeTools> {
  const folder = await mkdtemp(join(tmpdir(), 'led-tools-'));
  return {
    folder,
    environment: { PATH: alone ? folder : `${folder}:/usr/bin:/bin`, FAKE: folder },
    add: async (name, script) => {
      await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`);
      await chmod(join(folder, name), 0o755);
    },
    read: (name) => readFile(join(folder, name), 'utf8').catch(() => ''),
    remove: () => rm(folder, { recursive: true }),
  };
}

/**
 * libgpiod's tools for one chip. `gpioset` writes its arguments and its start and end to `$FAKE/holders`, and holds until
 * it is killed.
 */
export async function addLibgpiod(tools: FakeTools, version: 'v1.6.3' | 'v2.2.1'): Promise<void> {
  await tools.add('gpiodetect', 'echo "gpiochip0 [pinctrl-bcm2711] (58 lines)"');
  await tools.add('gpioinfo', 'cat "$FAKE/lines" 2>/dev/null');
  await tools.add('gpioget', 'cat "$FAKE/level" 2>/dev/null');
  await tools.add('gpioset', holderScript(version));
}

function holderScript(version: string): string {
  return `
if [ "$1" = --version ]; then echo "gpioset (libgpiod) ${version}"; exit 0; fi
if [ -e "$FAKE/refusal" ]; then cat "$FAKE/refusal" >&2; exit 1; fi
echo "$$ $*" >> "$FAKE/holders"
case " $* " in *" --banner "*) echo "Setting line '17'..." ;; esac
trap 'kill $!; exit 0' TERM
sleep 60 &
wait`;
}

/** The holders started so far: their process ids and arguments. */
export async function holders(tools: FakeTools): Promise<{ readonly pid: number; readonly args: string }[]> {
  const lines = (await tools.read('holders')).trim().split('\n').filter(Boolean);
  return lines.map((line) => ({ pid: Number(line.split(' ')[0]), args: line.slice(line.indexOf(' ') + 1) }));
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
