/** Where system tools live when they are not on a normal user's PATH. */
export const SYSTEM_PATH = '/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin';

export interface ScriptOptions {
  /** Text no machine prints by itself, so that what a start-up file says is never taken for an answer. */
  readonly marker: string;
  /** Folders searched after the user's own PATH; other ones only in tests. */
  readonly systemPath?: string;
  /** Put before every file read, so that a test can bring its own /etc and /run. */
  readonly root?: string;
}

/**
 * The one POSIX sh script that reads a machine's network. Each tool's output becomes a section between marker lines, with
 * its exit status; a tool that is missing is only an absent section. Runs in the C locale, changes nothing, needs no
 * rights, and every tool that may wait for a service gets five seconds.
 */
export function collectScript({ marker, systemPath = SYSTEM_PATH, root = '' }: ScriptOptions): string {
  return `${preamble(marker, systemPath)}
section host host_facts
ip_json=$(limit ip -s -d -json addr 2>/dev/null) || ip_json=
case "$ip_json" in
'['*']') section ip-addr-json printf '%s' "$ip_json" ;;
*) section ip-addr limit ip addr
   section ip-link limit ip -s link ;;
esac
section ifconfig limit ifconfig -a
if [ -z "$ip_json" ] && ! limit ip addr >/dev/null 2>&1 && ! limit ifconfig -a >/dev/null 2>&1; then
  section if-inet6 cat ${root}/proc/net/if_inet6
  section fib-trie cat ${root}/proc/net/fib_trie
  section proc-route cat ${root}/proc/net/route
fi
section sys sys_net
section proc-dev cat ${root}/proc/net/dev
ip_json=$(limit ip -4 -json route 2>/dev/null) || ip_json=
case "$ip_json" in
'['*']') section ip-route-json printf '%s' "$ip_json"
      section ip-6-route-json limit ip -6 -json route ;;
*) section ip-route limit ip route
   section ip-6-route limit ip -6 route
   section route limit route -n
   section proc-route cat ${root}/proc/net/route
   section proc-ipv6-route cat ${root}/proc/net/ipv6_route ;;
esac
case "$(uname -s 2>/dev/null)" in
Linux|'') ;;
*) section netstat limit netstat -rn
   section scutil limit scutil --dns ;;
esac
ip_json=$(limit ip -json neigh 2>/dev/null) || ip_json=
case "$ip_json" in
'['*']') section ip-neigh-json printf '%s' "$ip_json" ;;
*) section ip-neigh limit ip neigh
   if [ -r ${root}/proc/net/arp ]; then section proc-arp cat ${root}/proc/net/arp; else section arp limit arp -an; fi ;;
esac
section resolv-conf cat ${root}/etc/resolv.conf
section resolved-conf cat ${root}/run/systemd/resolve/resolv.conf
if [ -d ${root}/run/systemd/resolve ]; then section resolvectl limit resolvectl dns; fi
if [ -d ${root}/run/NetworkManager ]; then
  section nmcli limit nmcli -t -f GENERAL.DEVICE,IP4.DNS,IP4.DOMAIN,IP6.DNS,IP6.DOMAIN device show
fi
if [ "$wireless" = yes ]; then
  section iw wifi_facts
  section iwconfig limit iwconfig
  section proc-wireless cat ${root}/proc/net/wireless
fi
finish
`;
}

/** The script of one sample of counters, a few milliseconds on any Pi. */
export function sampleScript({ marker, systemPath = SYSTEM_PATH, root = '' }: ScriptOptions): string {
  return `${preamble(marker, systemPath)}
section uptime cat ${root}/proc/uptime
if [ -r ${root}/proc/net/dev ]; then
  section proc-dev cat ${root}/proc/net/dev
  section index sys_index
else
  section ifconfig limit ifconfig -a
  section netstat-counters limit netstat -ibn
fi
finish
`;
}

/** Functions of both scripts. sysfs is read by the shell itself: a process for each of its files would take seconds. */
const preamble = (marker: string, systemPath: string): string => `LC_ALL=C; LANGUAGE=C; export LC_ALL LANGUAGE
PATH="$PATH:${systemPath}"; export PATH
mark='${marker}'
wait_limit=
if timeout 5 uname >/dev/null 2>&1; then wait_limit='timeout 5'; fi
limit() {
  command -v "$1" >/dev/null 2>&1 || return 127
  LC_ALL=C $wait_limit "$@" </dev/null
}
section() {
  section_name=$1; shift
  printf '\\n%s begin %s\\n' "$mark" "$section_name"
  "$@" 2>/dev/null
  printf '\\n%s end %s\\n' "$mark" "$?"
}
finish() { printf '\\n%s done\\n' "$mark"; }
host_facts() {
  printf 'name\\t%s\\n' "$(hostname 2>/dev/null || uname -n)"
  printf 'system\\t%s\\n' "$(uname -sr)"
  for model in /proc/device-tree/model /sys/firmware/devicetree/base/model; do
    [ -r "$model" ] && { printf 'model\\t%s\\n' "$(tr -d '\\000' < "$model")"; break; }
  done
}
fact() { read_value=; { read -r read_value < "$3"; } 2>/dev/null; [ -z "$read_value" ] || printf '%s\\t%s\\t%s\\n' "$1" "$2" "$read_value"; }
wireless=no
sys_net() {
  for path in /sys/class/net/*; do
    [ -d "$path" ] || continue
    name=\${path##*/}
    for attribute in address mtu operstate carrier ifindex flags speed duplex type tx_queue_len tun_flags; do
      fact "$name" "$attribute" "$path/$attribute"
    done
    if [ -d "$path/wireless" ] || [ -d "$path/phy80211" ]; then wireless=yes; printf '%s\\twireless\\tyes\\n' "$name"; fi
    [ -d "$path/bridge" ] && printf '%s\\tbridge\\tyes\\n' "$name"
    [ -d "$path/bonding" ] && printf '%s\\tbonding\\tyes\\n' "$name"
    [ -r "$path/uevent" ] && while read -r pair; do
      case "$pair" in DEVTYPE=*) printf '%s\\tdevtype\\t%s\\n' "$name" "\${pair#DEVTYPE=}" ;; esac
    done < "$path/uevent"
    if [ -e "$path/master" ]; then master=$(readlink -f "$path/master"); printf '%s\\tmaster\\t%s\\n' "$name" "\${master##*/}"; fi
  done
  return 0
}
sys_index() {
  for path in /sys/class/net/*; do fact "\${path##*/}" ifindex "$path/ifindex"; done
  return 0
}
wifi_facts() {
  limit iw dev || return
  for path in /sys/class/net/*; do
    [ -d "$path/phy80211" ] || continue
    printf 'Interface %s\\n' "\${path##*/}"
    limit iw dev "\${path##*/}" link
  done
}`;
