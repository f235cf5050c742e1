import { randomBytes } from 'node:crypto';
import type { Target } from '../../target/target.ts';

/** What a script said, by key, in order. */
export type Answers = ReadonlyMap<string, readonly string[]>;

const SYSTEM_PATH = '/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin';
const TIMEOUT_MS = 20_000;

/**
 * Runs a POSIX sh script on the target, in the C locale. It answers by `say KEY TEXT`; everything else that is printed,
 * such as by a talkative start-up file, is noise. `limit N COMMAND` ends a command after N seconds where `timeout` is
 * there. Raises what `exec` raises.
 */
export async function askMachine(target: Target, body: string, signal: AbortSignal): Promise<Answers> {
  const mark = `#${randomBytes(9).toString('hex')}#`;
  const { stdout } = await target.exec({ script: `${preamble(mark)}\n${body}\n` }, { signal, timeoutMs: TIMEOUT_MS });
  const answers = new Map<string, string[]>();
  for (const line of stdout.split(/\r?\n/)) {
    if (!line.startsWith(mark)) continue;
    const [, key = '', text = ''] = /^ (\S+) ?(.*)$/.exec(line.slice(mark.length)) ?? [];
    answers.set(key, [...(answers.get(key) ?? []), text]);
  }
  return answers;
}

const preamble = (mark: string): string => `LC_ALL=C; LANGUAGE=C; export LC_ALL LANGUAGE
PATH="$PATH:${SYSTEM_PATH}"; export PATH
say() { say_key=$1; shift; printf '%s %s %s\\n' '${mark}' "$say_key" "$*"; }
has() { command -v "$1" >/dev/null 2>&1; }
has_timeout=
if timeout 5 uname >/dev/null 2>&1; then has_timeout=yes; fi
limit() {
  limit_seconds=$1; shift
  if [ "$has_timeout" = yes ]; then timeout "$limit_seconds" "$@" </dev/null; else "$@" </dev/null; fi
}`;

/** The first answer to a key, or null when there was none or it was empty. */
export function first(answers: Answers, key: string): string | null {
  return answers.get(key)?.find((text) => text !== '') ?? null;
}
