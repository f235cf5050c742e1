import type { Target } from '../target/target.ts';
import type { ServiceKind } from './settings.ts';
import { UNIT_NAME } from './service/unit.ts';

/** POSIX sh that prints the agent's log. Arguments: kind of service, folder, number of lines, `follow` or nothing. */
const LOG_SCRIPT = String.raw`
kind=$1 folder=$2 lines=$3 follow=$4 unit=${UNIT_NAME}
export LC_ALL=C
PATH="$PATH:/usr/bin:/bin"
case $kind in
  plain)
    [ -e "$folder/log/agent.log" ] || { echo 'There is no log yet.'; exit 0; }
    if [ -n "$follow" ]; then exec tail -n "$lines" -F "$folder/log/agent.log" 2>/dev/null; fi
    exec tail -n "$lines" "$folder/log/agent.log" ;;
  user) u=$(id -u); export XDG_RUNTIME_DIR="/run/user/$u"; set -- --user-unit "$unit" ;;
  *) set -- --unit "$unit" ;;
esac
exec journalctl "$@" --quiet --no-pager --output=short-iso --no-hostname -n "$lines" ${'$'}{follow:+--follow}
`;

function logCommand(kind: ServiceKind, folder: string, lines: number, follow: boolean): readonly string[] {
  return ['/bin/sh', '-c', LOG_SCRIPT, 'sh', kind, folder, String(lines), follow ? 'follow' : ''];
}

/** The last lines of the agent's log, oldest first. A log that cannot be read is one line that says why. */
export async function lastLogLines(
  target: Target,
  kind: ServiceKind,
  folder: string,
  lines: number,
): Promise<readonly string[]> {
  const { stdout, stderr } = await target.exec({ argv: logCommand(kind, folder, lines, false) });
  const text = stdout.trim() || stderr.trim();
  return text === '' ? [] : text.split('\n');
}

/** Bytes of one report; a log that pours faster is told in whole lines of the newest. */
const MAX_BATCH = 200;
const BATCH_EVERY_MS = 100;

/**
 * Follows the agent's log until the signal is aborted or the log ends: `onLines` gets what was there and what comes, in
 * batches.
 */
export async function followLog(
  target: Target,
  kind: ServiceKind,
  folder: string,
  options: { readonly signal: AbortSignal; readonly onLines: (lines: readonly string[]) => void },
): Promise<void> {
  const child = await target.spawn({ argv: logCommand(kind, folder, 200, true) }, { signal: options.signal });
  child.stdin.on('error', () => undefined);
  child.stdin.end();
  let pending: string[] = [];
  let rest = '';
  const take = (text: string): void => {
    const lines = (rest + text).split('\n');
    rest = (lines.pop() ?? '').slice(-4096);
    pending = [...pending, ...lines].slice(-MAX_BATCH);
  };
  const tell = (): void => {
    if (pending.length === 0) return;
    options.onLines(pending);
    pending = [];
  };
  child.stdout.setEncoding('utf8').on('data', take);
  child.stderr.setEncoding('utf8').on('data', take);
  const timer = setInterval(tell, BATCH_EVERY_MS);
  try {
    await child.exited;
    tell();
  } finally {
    clearInterval(timer);
  }
}
