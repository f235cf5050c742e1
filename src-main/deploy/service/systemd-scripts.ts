import { REMOVE_MADE_FOLDERS } from '../made-folders.ts';
import { AVAHI_SERVICE_PATH, UNIT_NAME } from './unit.ts';

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
avahi=${AVAHI_SERVICE_PATH}
current_link() { ls -di "$folder/current" 2>/dev/null || true; }
`;

/** The guard is a timer that undoes a trial by itself, from a script and notes of its own. */
const STOP_GUARD = `sc stop "$guard.timer" "$guard.service" >/dev/null 2>&1 || true`;
const START_GUARD = `sr --quiet --collect --unit="$guard" --on-active=90 --timer-property=AccuracySec=1s /bin/sh "$run/$guard.sh" "$mode" "$folder" || echo 'no guard' >&2`;
const REMOVE_GUARD_FILES = `rm -f "$run/$guard.before" "$run/$guard.active" "$run/$guard.enabled" "$run/$guard.current" "$run/$guard.sh"`;
const NOTE_ACTIVE = `if sc is-active -q "$unit"; then : >"$run/$guard.active"; fi`;

/** Whether the unit that is in place starts the current release. */
const STARTS_CURRENT = String.raw`
starts_current() {
  current=$(readlink "$folder/current") || return 1
  grep -qF "/releases/${'$'}{current##*/}/" "$path"
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
 * Puts a unit in place and starts it. Input: the unit's text. What was there is kept until the deployment is over, and a
 * timer brings it back by itself when `current` has not been made anew to agree with the unit by then: the connection may
 * break, or the app may be ended, at any moment.
 */
export const ACTIVATE_UNIT = `${PRELUDE}
${String.raw`
set -e
# The input of a connection that is cut ends early. It is written by cat, which says when the disk is full: the shell's own
# printf may only speak of an I/O error.
text=$(cat)
case $text in *'[Install]'*.target) ;; *) echo 'the unit did not arrive whole' >&2; exit 1 ;; esac
${STOP_GUARD}
${REMOVE_GUARD_FILES}
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
if [ -e "$path" ]; then cp -p "$path" "$run/$guard.before"; fi
`}${NOTE_ACTIVE}${String.raw`
printf '%s\n' "$text" | cat >"$path.new"
chmod 644 "$path.new"
sync "$path.new" 2>/dev/null || sync
mv "$path.new" "$path"
cat >"$run/$guard.sh" <<'END'
`}${PRELUDE}${STARTS_CURRENT}${String.raw`
if [ "$(current_link)" != "$(cat "$run/$guard.current")" ] && starts_current; then :
elif [ -s "$run/$guard.before" ]; then
  cp -p "$run/$guard.before" "$path"
  sc daemon-reload
  if [ -e "$run/$guard.active" ]; then sc reset-failed "$unit" 2>/dev/null; sc restart "$unit"; else sc stop "$unit"; fi
else
  sc disable --now "$unit" 2>/dev/null
  rm -f "$path"
  sc daemon-reload
  sc reset-failed "$unit" 2>/dev/null
  ${LEAVE_USER_MANAGER}
fi
${REMOVE_GUARD_FILES}
END
${START_GUARD}
sc daemon-reload
sc reset-failed "$unit" 2>/dev/null || true
sc enable -q "$unit"
sc restart "$unit"
`}`;

/**
 * Stops a unit in whose place something else than a unit of its manager is tried. A timer makes it as it was by itself
 * when the release that it starts still is the current one by then.
 */
export const STOP_UNIT_FOR_TRIAL = `${PRELUDE}
set -e
${STOP_GUARD}
${REMOVE_GUARD_FILES}
${NOTE_ACTIVE}
if sc is-enabled -q "$unit"; then : >"$run/$guard.enabled"; fi
cat >"$run/$guard.sh" <<'END'
${PRELUDE}${STARTS_CURRENT}${String.raw`
if starts_current; then
  sc reset-failed "$unit" 2>/dev/null
  if [ -e "$run/$guard.enabled" ]; then sc enable -q "$unit"; fi
  if [ -e "$run/$guard.active" ]; then sc start "$unit"; fi
fi
`}${REMOVE_GUARD_FILES}
END
${START_GUARD}
sc stop "$unit"
`;

/** What is stopped for a trial no longer starts with the device either, until its guard says otherwise. */
export const DISABLE_UNIT = `${PRELUDE}
sc disable -q "$unit"
`;

/** Brings back at once what `ACTIVATE_UNIT` replaced, or what `STOP_UNIT_FOR_TRIAL` stopped. */
export const RESTORE_UNIT = `${PRELUDE}
${STOP_GUARD}
if [ -e "$run/$guard.sh" ]; then /bin/sh "$run/$guard.sh" "$mode" "$folder"; fi
`;

/** What tells `ANNOUNCE` to take the announcement back: an input that ends early is empty too. */
export const NO_ANNOUNCEMENT = 'none';

/**
 * Input: the text of avahi's service file, which avahi reads again by itself, or `NO_ANNOUNCEMENT`. It comes to its name by
 * one rename, so that avahi never reads half of it.
 */
export const ANNOUNCE = `${PRELUDE}
set -e
rm -f "$avahi".new
[ -d "\${avahi%/*}" ] || exit 0
text=$(cat)
case $text in
  ${NO_ANNOUNCEMENT}) rm -f "$avahi" ;;
  *'</service-group>')
    printf '%s\\n' "$text" | cat >"$avahi".new
    chmod 644 "$avahi".new
    if cmp -s "$avahi".new "$avahi" 2>/dev/null; then rm -f "$avahi".new; else mv "$avahi".new "$avahi"; fi ;;
  *) echo 'the announcement did not arrive whole' >&2; exit 1 ;;
esac
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
rm -f "$path"
if [ "$mode" = system ]; then
  rm -f "$avahi" "$avahi".new
fi
${LEAVE_USER_MANAGER}
sc daemon-reload
sc reset-failed "$unit" 2>/dev/null
true
`;
