import { quote } from '../../target/quote.ts';
import { REMOVE_MADE_FOLDERS } from '../made-folders.ts';
import { AVAHI_SERVICE_PATH, UNIT_NAME } from './unit.ts';

/** One of the scripts below with the text that it needs, as `$text`. */
export function withText(script: string, text: string): string {
  return `text=${quote(text.trimEnd())}\n${script}`;
}

/**
 * What every script below starts with. Arguments: `system` or `user`, the agent's folder. systemctl of a user works
 * over SSH only with these two variables (systemd#34849). `current_link` prints the link's inode too: it tells a link that
 * was made anew from one that was left as it was, when both point to the same release.
 */
const PRELUDE = String.raw`
set -u
mode=$1 folder=$2 unit=${UNIT_NAME} guard=pi-workbench-led-guard
export LC_ALL=C
PATH="$PATH:/usr/bin:/bin:/usr/sbin:/sbin"
if [ "$mode" = user ]; then
  u=$(id -u)
  export XDG_RUNTIME_DIR="/run/user/$u" DBUS_SESSION_BUS_ADDRESS="unix:path=/run/user/$u/bus"
  units=$HOME/.config/systemd/user run=$XDG_RUNTIME_DIR
  sc() { systemctl --user "$@"; }
  sr() { systemd-run --user "$@"; }
else
  units=/etc/systemd/system run=/run
  sc() { systemctl "$@"; }
  sr() { systemd-run "$@"; }
fi
path=$units/$unit
# A unit that is on trial: it comes before all others (systemd.unit(5)), and is gone when the power is.
trial=$run/systemd/$mode.control/$unit
avahi=${AVAHI_SERVICE_PATH}
current_link() { ls -di "$folder/current" 2>/dev/null || true; }
`;

/** The guard is a timer that ends a trial by itself, from a script and notes of its own. */
const STOP_GUARD = `sc stop "$guard.timer" "$guard.service" >/dev/null 2>&1 || true`;
const START_GUARD = `sr --quiet --collect --unit="$guard" --on-active=90 --timer-property=AccuracySec=1s /bin/sh "$run/$guard.sh" "$mode" "$folder" || echo 'no guard' >&2`;
const REMOVE_GUARD_FILES = `rm -f "$run/$guard.active" "$run/$guard.enabled" "$run/$guard.current" "$run/$guard.sh"`;
const NOTE_ACTIVE = `if sc is-active -q "$unit"; then : >"$run/$guard.active"; fi`;

/** Ends a trial now, as its guard would. The guard goes last: it does what this comes no further with. */
const END_TRIAL = `
if [ -e "$run/$guard.sh" ]; then /bin/sh "$run/$guard.sh" "$mode" "$folder"; fi
${STOP_GUARD}
`.trim();

/** Whether one of these units starts the current release. */
const STARTS_CURRENT = String.raw`
starts_current() {
  current=$(readlink "$folder/current") || return 1
  grep -qsF "/releases/${'$'}{current##*/}/" "$@"
}
`;

/** Makes the user's manager what it was: whether it stays after sign-out, and where it finds units. */
const LEAVE_USER_MANAGER = String.raw`
if [ "$mode" = user ]; then
  if [ -r "$folder/made-units" ]; then
    read -r made <"$folder/made-units"
    rmdir "$units/default.target.wants" 2>/dev/null
    one=$units
    ${REMOVE_MADE_FOLDERS.trim()}
  fi
  if [ -e "$folder/lingered" ]; then loginctl disable-linger >/dev/null 2>&1; fi
  rm -f "$folder/made-units" "$folder/lingered"
fi
`.trim();

/**
 * Starts a unit in place of the one that is there, which stays on the disk as it is: whenever the device loses its power,
 * that one starts again. Text: the unit's. Once `current` has been made anew to agree with it, `SETTLE_UNIT` puts it
 * in place. A timer does the same, or takes it back, by itself: the connection may break, or the app may be ended, at any
 * moment.
 */
export const TRY_UNIT = `${PRELUDE}
set -e
${END_TRIAL}
${REMOVE_GUARD_FILES}${String.raw`
current_link >"$run/$guard.current"
if [ ! -d "$units" ]; then
  one=$units
  while [ ! -d "$one" ]; do missing=$one; one=${'$'}{one%/*}; done
  mkdir -p "$units"
  printf '%s\n' "$missing" >"$folder/made-units"
fi
if [ "$mode" = user ] && [ ! -e "/var/lib/systemd/linger/$(id -un)" ]; then
  if loginctl enable-linger >/dev/null 2>&1; then : >"$folder/lingered"; fi
  # A service of the user ends at sign-out without it, so it is looked at and not believed (systemd#43361).
  [ -e "/var/lib/systemd/linger/$(id -un)" ] || echo stops-at-sign-out
fi
`}${NOTE_ACTIVE}${String.raw`
# Already on the disk before anything is stopped: putting it in place then needs no room. It is written by cat, which says
# when the disk is full: the shell's own printf may only speak of an I/O error.
printf '%s\n' "$text" | cat >"$path.new"
chmod 644 "$path.new"
sync "$path.new" 2>/dev/null || sync
cat >"$run/$guard.sh" <<'END'
`}${PRELUDE}${STARTS_CURRENT}${String.raw`
if [ "$(current_link)" != "$(cat "$run/$guard.current")" ] && starts_current "$path.new" "$path"; then
  if starts_current "$path.new"; then mv "$path.new" "$path" || exit; fi
  rm -f "$trial" "$path.new"
  sc enable -q "$unit" || exit
  sync "$units" 2>/dev/null || sync
elif [ -e "$path" ]; then
  rm -f "$trial" "$path.new"
  sc daemon-reload
  if [ -e "$run/$guard.active" ]; then sc reset-failed "$unit" 2>/dev/null; sc restart "$unit"; else sc stop "$unit"; fi
else
  sc stop "$unit" 2>/dev/null
  rm -f "$trial" "$path.new"
  sc daemon-reload
  sc reset-failed "$unit" 2>/dev/null
  ${LEAVE_USER_MANAGER}
fi
${REMOVE_GUARD_FILES}
END
${START_GUARD}
mkdir -p -m 755 "${'$'}{trial%/*}"
cp "$path.new" "$trial"
sc daemon-reload
sc reset-failed "$unit" 2>/dev/null || true
sc restart "$unit"
`}`;

/**
 * Stops a unit in whose place something else than a unit of its manager is tried. A timer makes it as it was by itself
 * when the release that it starts still is the current one by then.
 */
export const STOP_UNIT_FOR_TRIAL = `${PRELUDE}
set -e
${END_TRIAL}
${REMOVE_GUARD_FILES}
${NOTE_ACTIVE}
if sc is-enabled -q "$unit"; then : >"$run/$guard.enabled"; fi
cat >"$run/$guard.sh" <<'END'
${PRELUDE}${STARTS_CURRENT}${String.raw`
if starts_current "$path"; then
  sc reset-failed "$unit" 2>/dev/null
  if [ -e "$run/$guard.enabled" ]; then sc enable -q "$unit"; fi
  if [ -e "$run/$guard.active" ]; then sc start "$unit"; fi
fi
`}${REMOVE_GUARD_FILES}
END
${START_GUARD}
if [ -e "$path" ]; then sc stop "$unit"; fi
`;

/** What is stopped for a trial no longer starts with the device either, until its guard says otherwise. */
export const DISABLE_UNIT = `${PRELUDE}
[ ! -e "$path" ] || sc disable -q "$unit"
`;

/**
 * Ends at once what `TRY_UNIT` or `STOP_UNIT_FOR_TRIAL` began: the release that is the current one now is what starts with
 * the device, be it the new one or the one before.
 */
export const SETTLE_UNIT = `${PRELUDE}
${END_TRIAL}
`;

/**
 * Text: of avahi's service file, which avahi reads again by itself; without one the announcement is taken back. It comes to
 * its name by one rename, so that avahi never reads half of it.
 */
export const ANNOUNCE = `${PRELUDE}
set -e
rm -f "$avahi".new
[ -d "\${avahi%/*}" ] || exit 0
if [ -z "$text" ]; then
  rm -f "$avahi"
else
  printf '%s\\n' "$text" | cat >"$avahi".new
  chmod 644 "$avahi".new
  if cmp -s "$avahi".new "$avahi" 2>/dev/null; then rm -f "$avahi".new; else mv "$avahi".new "$avahi"; fi
fi
`;

/** Third argument: start, stop or restart. A unit that failed too often is started again only after a reset. */
export const CONTROL_UNIT = `${PRELUDE}
sc reset-failed "$unit" 2>/dev/null
sc "$3" "$unit"
`;

/** Takes the unit out again, and everything a deployment left outside the agent's folder. */
export const REMOVE_UNIT = `${PRELUDE}
${STOP_GUARD}
${REMOVE_GUARD_FILES}
sc disable --now "$unit" 2>/dev/null
rm -f "$path" "$path.new" "$trial"
if [ "$mode" = system ]; then
  rm -f "$avahi" "$avahi".new
fi
${LEAVE_USER_MANAGER}
sc daemon-reload
sc reset-failed "$unit" 2>/dev/null
true
`;
