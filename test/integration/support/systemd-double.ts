import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Folders shown in place of the machine's own, by mount point, and programs put first in PATH. */
export interface SystemdDouble {
  readonly mounts: Readonly<Record<string, string>>;
  readonly programs: Readonly<Record<string, string>>;
}

/**
 * A systemd for an sshd whose account is nobody: what the scripts of a deployment ask of `systemctl`, over folders that
 * anyone may write. A unit that is started is its ExecStart in a session of its own. The lab has the real one.
 */
export async function makeSystemdDouble(folder: string): Promise<SystemdDouble> {
  const [run, units] = [join(folder, 'run'), join(folder, 'units')];
  for (const one of [run, join(run, 'sshd'), join(run, 'systemd/system'), units]) await mkdir(one, { recursive: true });
  for (const one of [run, join(run, 'systemd'), units]) await chmod(one, 0o777);
  return {
    mounts: { '/run': run, '/etc/systemd/system': units },
    programs: { systemctl: SYSTEMCTL, 'systemd-run': TRUE },
  };
}

const TRUE = '#!/bin/sh\n';

const SYSTEMCTL = String.raw`#!/bin/sh
verb=$1
shift
now= unit=
for word; do case $word in --now) now=yes ;; *.service) unit=$word ;; esac; done
file=/run/systemd/system.control/$unit pidfile=/run/$unit.pid
[ -e "$file" ] || file=/etc/systemd/system/$unit
active() { [ -r "$pidfile" ] && kill -0 "$(cat "$pidfile")" 2>/dev/null; }
stop() {
  [ -r "$pidfile" ] || return 0
  kill "$(cat "$pidfile")" 2>/dev/null
  while active; do sleep 0.05; done
  rm -f "$pidfile"
}
start() {
  setsid sh -c "exec $(sed -n 's/^ExecStart=//p' "$file")" </dev/null >/dev/null 2>&1 &
  echo $! >"$pidfile"
}
case $verb in
  --version) echo 'systemd 252 (252)' ;;
  start) active || start ;;
  stop) stop ;;
  restart) stop; start ;;
  disable) [ -z "$now" ] || stop ;;
  is-active) active ;;
  show)
    echo LoadState=loaded
    if active; then echo "MainPID=$(cat "$pidfile")"; echo ActiveState=active; else echo ActiveState=inactive; fi ;;
esac
`;

/** A sudo that asks, as `sudo -S` does, and lets in who types what the account's file `sudo-expects` holds. */
export const ASKING_SUDO = String.raw`#!/bin/sh
[ "$1" = -n ] && { echo 'sudo: a password is required' >&2; exit 1; }
while [ "$1" != -p ]; do shift; done
prompt=$2
shift 2
printf %s "$prompt" >&2
IFS= read -r typed
if [ "$typed" != "$(cat "$HOME/sudo-expects")" ]; then
  printf 'Sorry, try again.\n%s' "$prompt" >&2
  read -r again
  exit 1
fi
[ "$1" = -- ] && shift
exec "$@"
`;
