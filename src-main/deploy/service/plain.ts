import { AppError } from '../../errors/index.ts';
import type { Target } from '../../target/target.ts';

/**
 * Stops the supervised process, without Node, as it may be gone. Arguments: the agent's folder. The process must be the
 * supervisor's own: after a restart of the machine its number may be anybody's.
 */
const STOP_PLAIN = String.raw`
folder=$1
export LC_ALL=C
PATH="$PATH:/usr/bin:/bin"
[ -r "$folder/run/supervisor.json" ] || exit 0
read -r state <"$folder/run/supervisor.json"
pid=${'$'}{state#*'"pid":'}
pid=${'$'}{pid%%[,\}]*}
ours() {
  kill -0 "$pid" 2>/dev/null || return 1
  if [ -r "/proc/$pid/cmdline" ]; then
    case $(tr '\0' ' ' <"/proc/$pid/cmdline") in *led-manager.cjs*supervise*) return 0 ;; *) return 1 ;; esac
  fi
  case $(ps -o command= -p "$pid") in *led-manager.cjs*supervise*) return 0 ;; *) return 1 ;; esac
}
if ours; then
  kill -TERM "$pid"
  tries=0
  while ours; do
    tries=$((tries + 1))
    if [ "$tries" -gt 150 ]; then kill -KILL "-$pid" 2>/dev/null; fi
    sleep 0.1 2>/dev/null || sleep 1
  done
fi
rm -rf "$folder/run"
`;

export async function stopPlainProcess(target: Target, folder: string): Promise<void> {
  const argv = ['/bin/sh', '-c', STOP_PLAIN, 'sh', folder];
  const result = await target.exec({ argv }, { timeoutMs: 60_000 });
  if (result.code === 0) return;
  throw new AppError('STOP_FAILED', `The agent on ${target.name} could not be stopped.`, {
    hint: 'Restart the device, or end the process "led-manager.cjs" on it.',
    cause: result.stderr.trim(),
  });
}
