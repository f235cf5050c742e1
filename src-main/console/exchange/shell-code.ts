import { stepBytes, type Exchange, type ExchangeStep, type Role } from './exchange.ts';

/** Seconds waited where the other end spoke in between: nc cannot wait for an answer. */
const SHORTEST_WAIT_S = 0.2;
const LONGEST_WAIT_S = 5;

/**
 * The exchange as one line of shell: `printf` writes the bytes, `nc` (Debian's netcat-openbsd) carries them. A pause
 * stands where the other end answered.
 */
export function shellCode(exchange: Exchange, role: Role): string {
  const parts = exchange.steps.flatMap((step, i) => partsOf(step, exchange.steps[i + 1], role));
  const writer = parts.length === 1 ? (parts[0] ?? '') : `{ ${parts.join('; ')}; }`;
  return `${writer} | ${carrier(exchange, role)}\n`;
}

function partsOf(step: ExchangeStep, next: ExchangeStep | undefined, role: Role): string[] {
  if (step.kind === 'end') return [];
  if (step.from === role) return [`printf '${printfText(stepBytes(step))}'`];
  const gapUs = step.gapUs + (next?.gapUs ?? 0);
  const seconds = Math.min(LONGEST_WAIT_S, Math.max(SHORTEST_WAIT_S, Math.ceil(gapUs / 100_000) / 10));
  return [`sleep ${seconds}`];
}

function carrier({ transport, host, port, tls }: Exchange, role: Role): string {
  const at = shellWord(host);
  if (tls && role === 'client') return `openssl s_client -quiet -connect ${shellWord(`${bracketed(host)}:${port}`)}`;
  if (transport === 'udp') return role === 'client' ? `nc -u -w 2 ${at} ${port}` : `nc -u -l -w 2 ${at} ${port}`;
  return role === 'client' ? `nc -N ${at} ${port}` : `nc -l -N ${at} ${port}`;
}

/** Bytes as the format of POSIX printf: octal escapes, `%%` for the percent sign. */
function printfText(bytes: Uint8Array): string {
  return Array.from(bytes, (byte, i) => {
    // A minus sign at the start would be taken for an option.
    if (i === 0 && byte === 0x2d) return '\\055';
    if (byte === 0x25) return '%%';
    if (byte === 0x5c) return '\\\\';
    if (byte === 0x0a) return '\\n';
    if (byte === 0x0d) return '\\r';
    if (byte === 0x09) return '\\t';
    if (byte < 0x20 || byte >= 0x7f || byte === 0x27) return `\\${byte.toString(8).padStart(3, '0')}`;
    return String.fromCharCode(byte);
  }).join('');
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

function shellWord(text: string): string {
  return /^[\w.:%[\]-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
