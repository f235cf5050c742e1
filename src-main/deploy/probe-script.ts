import { AVAHI_SERVICE_PATH } from './service/unit.ts';

/**
 * POSIX sh functions: `search` tries the Nodes of a system, a line for each, until one is new enough. Then it succeeds,
 * and `$a` holds that one's version, architecture and path, with tabs between them.
 */
export const NODE_SEARCH = String.raw`
seen='|'
try() {
  [ -x "$1" ] || return 1
  case $seen in *"|$1|"*) return 1 ;; esac
  seen="$seen$1|"
  a=$("$1" -p 'process.version+"\t"+process.arch+"\t"+process.execPath' </dev/null 2>/dev/null); c=$?
  printf '%s\t%s\t%s\n' "$1" "$c" "$a"
  [ "$c" = 0 ] || return 1
  v=${'$'}{a#v}; [ "${'$'}{v%%.*}" -ge 18 ] 2>/dev/null
}
search() {
  for n in "$(command -v node)" "$(command -v nodejs)" /usr/bin/node /usr/bin/nodejs /usr/local/bin/node \
    "$HOME"/.nvm/versions/node/*/bin/node "$HOME"/.config/nvm/versions/node/*/bin/node \
    "$HOME"/.local/share/fnm/node-versions/*/installation/bin/node \
    "$HOME"/.volta/tools/image/node/*/bin/node "$HOME"/.asdf/installs/nodejs/*/bin/node "$HOME"/n/bin/node \
    "$HOME"/.local/bin/node /opt/*/bin/node; do
    [ -n "$n" ] && try "$n" && return
  done
}
`;

/**
 * POSIX sh that reads everything a deployment wants to know, in one round trip. It changes nothing, needs no program
 * beyond `sh` (what is missing on the target is a fact left out), and puts each answer under a line that starts with a
 * random marker, so that a login shell that prints cannot be mistaken for an answer.
 *
 * Arguments: marker, folder of the agent (may start with `~/`), unit name.
 */
export const PROBE_SCRIPT = String.raw`
m=$1 folder=$2 unit=$3
export LC_ALL=C
PATH="$PATH:/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin:/opt/homebrew/bin"
case $folder in "~/"*) folder=$HOME/${'$'}{folder#"~/"} ;; esac
s() { printf '\n%s %s\n' "$m" "$1"; }
has() { command -v "$1" >/dev/null 2>&1; }
text() { [ -r "$1" ] && cat "$1" 2>/dev/null; }

s folder; printf '%s\n' "$folder"
s home; printf '%s\n' "$HOME"
s user; has id && { id -u; id -g; id -un; id -Gn; }
s gpio-group; has getent && getent group gpio || { has grep && grep '^gpio:' /etc/group; }
s model; text /proc/device-tree/model || text /sys/firmware/devicetree/base/model
s serial; text /proc/device-tree/serial-number || text /sys/firmware/devicetree/base/serial-number
s os-release; text /etc/os-release || { has sw_vers && sw_vers; }
s uname; has uname && { uname -s; uname -r; uname -m; }
s dpkg; has dpkg && dpkg --print-architecture
s long-bit; has getconf && getconf LONG_BIT
s libc; has getconf && getconf GNU_LIBC_VERSION 2>/dev/null; for f in /lib/ld-musl-*; do [ -e "$f" ] && echo musl; done
s elf; has od && od -An -tx1 -N40 /bin/sh
s memory; has grep && grep MemTotal /proc/meminfo 2>/dev/null
s clock; has date && date +%s
s uptime; text /proc/uptime
s boot; text /proc/sys/kernel/random/boot_id
s throttled; has vcgencmd && vcgencmd get_throttled 2>/dev/null

near=$folder missing=
while [ ! -d "$near" ]; do missing=$near; near=${'$'}{near%/*}; [ -n "$near" ] || near=/; done
s nearest; printf '%s\n' "$near"; printf '%s\n' "$missing"
s writable; [ -w "$near" ] && echo yes
s disk; has df && df -Pk "$near" 2>/dev/null
s inodes; has df && df -Pi "$near" 2>/dev/null
s mounts; text /proc/mounts

s sudo
if has id && [ "$(id -u)" = 0 ]; then echo root
elif has sudo; then sudo -n true </dev/null 2>&1 && echo passwordless
else echo missing; fi

s systemd; [ -d /run/systemd/system ] && echo running
s systemctl; command -v systemctl; has systemctl && systemctl --version 2>/dev/null
s user-manager
if has id; then u=$(id -u); export XDG_RUNTIME_DIR="/run/user/$u"; [ -S "$XDG_RUNTIME_DIR/systemd/private" ] && echo running; fi
s linger; has id && [ -e "/var/lib/systemd/linger/$(id -un)" ] && echo yes
s loginctl; command -v loginctl
s setsid; command -v setsid
s apt; command -v apt-get
s gzip; command -v gzip
s avahi; [ -d /etc/avahi/services ] && echo folder; [ -e /run/avahi-daemon/pid ] && echo running

s gpio-sysfs
if [ -d /sys/class/gpio ]; then
  echo here
  for c in /sys/class/gpio/gpiochip*; do
    [ -e "$c/label" ] && { read -r l <"$c/label"; read -r b <"$c/base"; printf 'chip %s %s\n' "$b" "$l"; }
  done
  for p in /sys/class/gpio/gpio[0-9]*; do [ -e "$p" ] && printf 'exported %s\n' "${'$'}{p##*/gpio}"; done
  [ -w /sys/class/gpio/export ] && echo writable
fi
s gpio-devices
for d in /dev/gpiochip* /dev/gpiomem*; do
  [ -e "$d" ] && { if [ -r "$d" ] && [ -w "$d" ]; then printf '%s yes\n' "$d"; else printf '%s no\n' "$d"; fi; }
done
s gpiodetect; has gpiodetect && gpiodetect 2>&1
s gpioset; has gpioset && gpioset --version 2>&1
s pinctrl; command -v pinctrl
s gpioinfo; has gpioinfo && gpioinfo 2>/dev/null

s ports
for f in /proc/net/tcp /proc/net/tcp6; do has grep && grep ' 0A ' "$f" 2>/dev/null; done
s ss; has ss && ss -Hltnp 2>/dev/null
s netstat; [ -e /proc/net/tcp ] || { has netstat && netstat -an 2>/dev/null; }

s node
${NODE_SEARCH}
search || nodeless=yes
s apt-node; [ -n "${'$'}{nodeless-}" ] && has apt-cache && apt-cache policy nodejs 2>/dev/null
s runtimes; for n in "$folder"/runtimes/*/bin/node; do [ -x "$n" ] && printf '%s\n' "$n"; done
`;

/**
 * The part that tells what is installed and how it runs. It works without Node, as a status must when the runtime broke.
 * Same arguments; `folder` is set again so that the script also runs alone.
 */
export const STATUS_SCRIPT = String.raw`
m=$1 folder=$2 unit=$3
export LC_ALL=C
PATH="$PATH:/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin"
case $folder in "~/"*) folder=$HOME/${'$'}{folder#"~/"} ;; esac
s() { printf '\n%s %s\n' "$m" "$1"; }
has() { command -v "$1" >/dev/null 2>&1; }
text() { [ -r "$1" ] && cat "$1" 2>/dev/null; }
show() { "$@" show "$unit" -p LoadState,ActiveState,SubState,Result,MainPID,NRestarts,ExecMainStatus,ActiveEnterTimestampMonotonic,UnitFileState 2>/dev/null; }

s i-folder; printf '%s\n' "$folder"
s i-now; text /proc/uptime || { has date && date +'epoch %s'; }
s i-boot; text /proc/sys/kernel/random/boot_id
s i-current; has readlink && readlink "$folder/current"
s i-previous; has readlink && readlink "$folder/previous"
s i-current-release; text "$folder/current/release.json"
s i-previous-release; text "$folder/previous/release.json"
s i-releases; for r in "$folder"/releases/*; do [ -d "$r" ] && { [ -e "$r/release.json" ] && echo "whole ${'$'}{r##*/}" || echo "half ${'$'}{r##*/}"; }; done
s i-incoming; for r in "$folder"/incoming/*; do [ -d "$r" ] && echo "${'$'}{r##*/}"; done
s i-lock; text "$folder/lock/owner.json"
# A unit on trial comes before the one that is on the disk.
u=; has id && u=$(id -u)
system="/run/systemd/system.control/$unit"; [ -e "$system" ] || system="/etc/systemd/system/$unit"
user="/run/user/$u/systemd/user.control/$unit"; [ -e "$user" ] || user="$HOME/.config/systemd/user/$unit"
s i-system-unit; text "$system"
s i-user-unit; text "$user"
s i-avahi; text ${AVAHI_SERVICE_PATH}
s i-system; [ -d /run/systemd/system ] && [ -e "$system" ] && has systemctl && show systemctl
s i-user
if [ -d /run/systemd/system ] && [ -e "$user" ] && has systemctl && has id; then
  export XDG_RUNTIME_DIR="/run/user/$u" DBUS_SESSION_BUS_ADDRESS="unix:path=/run/user/$u/bus"; show systemctl --user
fi
s i-plain; text "$folder/run/supervisor.json"
s i-plain-alive
if [ -r "$folder/run/supervisor.json" ]; then
  read -r p <"$folder/run/supervisor.json"
  p=${'$'}{p#*'"pid":'} p=${'$'}{p%%[,\}]*}
  if [ -n "$p" ] && kill -0 "$p" 2>/dev/null; then
    if [ -r "/proc/$p/cmdline" ]; then cat "/proc/$p/cmdline"; else has ps && ps -o command= -p "$p"; fi
  fi
fi
s end
`;
