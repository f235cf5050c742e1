import { isIP } from 'node:net';
import type { Target } from '../../target/target.ts';
import type { CardFacts, DiskFacts, PowerFacts } from '../interpret/board.ts';
import type { ClockFacts, DnsFacts, GatewayFacts } from '../interpret/machine.ts';
import { askMachine, first, type Answers } from './ask-machine.ts';

/** The name looked up on the machine: the one its own clock and updates need too. */
export const TEST_NAME = 'raspberrypi.com';

/** Pings the gateway once from the machine, and reads its neighbour table for those that answer no pings. */
export async function probeGateway(target: Target, gateway: string, signal: AbortSignal): Promise<GatewayFacts> {
  if (isIP(gateway) === 0) return { ping: 'not-tried', mac: null };
  const family = gateway.includes(':') ? '-6' : '-4';
  const answers = await askMachine(
    target,
    `if has ping; then
  if limit 5 ping ${family} -n -c 1 -W 2 ${gateway} >/dev/null 2>&1 || limit 5 ping -c 1 ${gateway} >/dev/null 2>&1
  then say ping answered; else say ping silent; fi
fi
if has ip; then limit 5 ip neigh show ${gateway} 2>/dev/null | while read -r line; do say neighbour "$line"; done; fi`,
    signal,
  );
  const ping = first(answers, 'ping');
  const neighbour = answers.get('neighbour')?.find((line) => !/FAILED|INCOMPLETE/.test(line)) ?? '';
  return {
    ping: ping === 'answered' || ping === 'silent' ? ping : 'not-tried',
    mac: /lladdr ([0-9a-f:]{17})/.exec(neighbour)?.[1] ?? null,
  };
}

/** Looks a name up on the machine, as its programs do. */
export async function probeDns(target: Target, signal: AbortSignal): Promise<DnsFacts> {
  const answers = await askMachine(
    target,
    `if has getent; then tool='getent ahosts'; elif has nslookup; then tool=nslookup; else tool=; fi
if [ -n "$tool" ]; then
  found=$(limit 9 $tool ${TEST_NAME} 2>/dev/null); say status $?
  printf '%s\\n' "$found" | while read -r word more; do case "$tool:$word" in
    'getent ahosts:'*) say address "$word" ;;
    'nslookup:Address'*) say address "\${more%% *}" ;;
  esac; done
fi`,
    signal,
  );
  const addresses = [...new Set((answers.get('address') ?? []).filter((text) => isIP(text) !== 0))];
  const status = first(answers, 'status');
  const outcome =
    status === null
      ? 'not-tried'
      : status === '0' && addresses.length > 0
        ? 'answered'
        : status === '124'
          ? 'silent'
          : 'no-answer';
  return { name: TEST_NAME, outcome, addresses };
}

/** Compares the machine's clock with this computer's, half the round trip allowed for. */
export async function probeClock(target: Target, signal: AbortSignal): Promise<ClockFacts> {
  const before = Date.now();
  const answers = await askMachine(
    target,
    `say epoch "$(date -u +%s)"
has timedatectl && say synchronised "$(limit 5 timedatectl show -p NTPSynchronized --value 2>/dev/null)"
true`,
    signal,
  );
  const middle = (before + Date.now()) / 2 / 1000;
  const epoch = Number(first(answers, 'epoch') ?? Number.NaN);
  const told = first(answers, 'synchronised');
  return {
    aheadSeconds: Number.isFinite(epoch) ? epoch - middle : null,
    synchronised: told === 'yes' ? true : told === 'no' ? false : null,
  };
}

/** Asks the firmware about under-voltage and throttling. */
export async function probePower(target: Target, signal: AbortSignal): Promise<PowerFacts> {
  const answers = await askMachine(
    target,
    `if has vcgencmd; then say throttled "$(limit 5 vcgencmd get_throttled 2>&1 | head -n 1)"
elif [ -r /sys/devices/platform/soc/soc:firmware/get_throttled ]; then
  read -r flags < /sys/devices/platform/soc/soc:firmware/get_throttled; say throttled "throttled=0x$flags"
fi
true`,
    signal,
  );
  const told = first(answers, 'throttled') ?? '';
  const hex = /^throttled=0x([0-9a-f]{1,8})$/i.exec(told)?.[1];
  return hex === undefined ? { flags: null, complaint: told } : { flags: Number.parseInt(hex, 16), complaint: '' };
}

/** Free space and free files of the root and of the home folder. */
export async function probeDisk(target: Target, signal: AbortSignal): Promise<DiskFacts> {
  const answers = await askMachine(
    target,
    `limit 5 df -Pk / "$HOME" 2>/dev/null | while read -r line; do say space "$line"; done
limit 5 df -Pi / "$HOME" 2>/dev/null | while read -r line; do say files "$line"; done
true`,
    signal,
  );
  const files = new Map(rows(answers, 'files').map(({ mount, total, free }) => [mount, total > 0 ? free : null]));
  const space = new Map(rows(answers, 'space').map((one) => [one.mount, one]));
  return {
    disks: [...space.values()].map(({ mount, total, free }) => ({
      mount,
      totalKiB: total,
      freeKiB: free,
      freeFiles: files.get(mount) ?? null,
    })),
  };
}

/** Lines of `df -P` (POSIX): device, total, used, free, percent, mount point. */
function rows(answers: Answers, key: string): readonly { mount: string; total: number; free: number }[] {
  return (answers.get(key) ?? []).flatMap((line) => {
    const [, total, free, mount] = /\s(\d+)\s+\d+\s+(-?\d+)\s+\S+\s+(\/.*)$/.exec(line) ?? [];
    return mount === undefined ? [] : [{ mount, total: Number(total), free: Math.max(0, Number(free)) }];
  });
}

/** Whether the card can be written: how `/` is mounted, whether a file can be made, and what the kernel's log says. */
export async function probeCard(target: Target, signal: AbortSignal): Promise<CardFacts> {
  const answers = await askMachine(
    target,
    `while read -r device mount type options more; do
  [ "$mount" = / ] && { root_type=$type; root_options=$options; }
done 2>/dev/null < /proc/mounts
[ -n "$root_options" ] && say root "$root_type $root_options"
file="$HOME/.pi-workbench-doctor.$$"
if problem=$( { : > "$file"; } 2>&1 ); then say writable yes; rm -f "$file"; else say writable no; say problem "$problem"; fi
dmesg 2>/dev/null | grep -E 'mmc[0-9]+: .*(error|timeout|timed out)|mmcblk[0-9].*I/O error|I/O error, dev mmcblk|EXT4-fs error' | tail -n 3 |
  while read -r line; do say kernel "$line"; done
true`,
    signal,
  );
  const [, type = '', options] = /^(\S+) (\S+)/.exec(first(answers, 'root') ?? '') ?? [];
  const writable = first(answers, 'writable');
  return {
    rootOptions: options ?? null,
    rootType: type,
    writable: writable === null ? null : writable === 'yes',
    writeError: first(answers, 'problem') ?? '',
    kernelErrors: answers.get('kernel') ?? [],
  };
}
