import { numberToAddress } from '../../network/index.ts';
import type { Target } from '../../target/target.ts';
import { askMachine } from './ask-machine.ts';

/** The state of a listening socket in /proc/net/tcp (include/net/tcp_states.h). */
const LISTEN = '0A';

/**
 * The addresses on which something listens on a TCP port, from /proc/net/tcp and tcp6; null where there are no such files.
 */
export async function listeningOn(
  target: Target,
  port: number,
  signal: AbortSignal,
): Promise<readonly string[] | null> {
  const answers = await askMachine(
    target,
    `for file in tcp tcp6; do
  [ -r /proc/net/$file ] || continue
  say read $file
  while read -r number local remote state more; do
    case "$state:$local" in ${LISTEN}:*:${port.toString(16).toUpperCase().padStart(4, '0')}) say local "$local" ;; esac
  done < /proc/net/$file
done`,
    signal,
  );
  if (!answers.has('read')) return null;
  return [...new Set((answers.get('local') ?? []).flatMap((text) => parseSocketAddress(text) ?? []))];
}

/** `0100007F:04D2` as `127.0.0.1`: 32-bit words in the order of the machine's bytes, which is little-endian on a Pi. */
export function parseSocketAddress(text: string): string | null {
  const hex = /^([0-9A-F]{8}|[0-9A-F]{32}):[0-9A-F]{4}$/i.exec(text)?.[1];
  if (hex === undefined) return null;
  const words = hex.match(/.{8}/g) ?? [];
  const bytes = words.map((word) => (word.match(/../g) ?? []).reverse().join('')).join('');
  return numberToAddress(BigInt(`0x${bytes}`), hex.length === 8 ? 'ipv4' : 'ipv6');
}
