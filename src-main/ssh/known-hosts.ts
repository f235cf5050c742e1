import { createHmac } from 'node:crypto';
import type { HostKey } from './host-key.ts';

/** One usable line of a known_hosts file (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"). */
export interface KnownHost {
  /** Counted from 1. */
  readonly line: number;
  readonly marker: 'none' | 'revoked' | 'cert-authority';
  /** The first field: names and patterns with commas between, or one hashed name. */
  readonly names: string;
  readonly type: string;
  readonly blob: Buffer;
}

/** The usable lines; comments, empty and damaged lines are passed over, as OpenSSH does. */
export function parseKnownHosts(text: string): readonly KnownHost[] {
  return text.split('\n').flatMap((line, index) => parseLine(line, index + 1) ?? []);
}

function parseLine(text: string, line: number): KnownHost | null {
  const fields = text.trim().split(/\s+/);
  if (fields[0] === '' || fields[0]?.startsWith('#')) return null;
  const marker = markerOf(fields[0]);
  if (marker === null) return null;
  const [names = '', type = '', base64 = ''] = marker === 'none' ? fields : fields.slice(1);
  if (!/^[A-Za-z0-9@.-]+$/.test(type) || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return null;
  return { line, marker, names, type, blob: Buffer.from(base64, 'base64') };
}

function markerOf(field: string | undefined): KnownHost['marker'] | null {
  if (!field?.startsWith('@')) return 'none';
  if (field === '@revoked') return 'revoked';
  return field === '@cert-authority' ? 'cert-authority' : null;
}

/** A host as known_hosts writes it: `pi.local`, `[pi.local]:2222` for another port than 22; lower case. */
export function knownHostName(host: string, port: number): string {
  const name = host.toLowerCase().replace(/\.$/, '');
  return port === 22 ? name : `[${name}]:${port}`;
}

/** Whether the first field of a line means this host: names, `*` and `?`, `!` to except, `|1|salt|hash`. */
export function namesMatch(names: string, name: string): boolean {
  if (names.startsWith('|')) return hashMatches(names, name);
  let matched = false;
  for (const pattern of names.split(',')) {
    const excepts = pattern.startsWith('!');
    if (!globMatches(excepts ? pattern.slice(1) : pattern, name)) continue;
    if (excepts) return false;
    matched = true;
  }
  return matched;
}

/** HashKnownHosts: HMAC-SHA1 of the name, keyed with the salt. */
function hashMatches(field: string, name: string): boolean {
  const [, version, salt = '', hash = ''] = field.split('|');
  if (version !== '1') return false;
  return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === hash;
}

/** `*` and `?` as in ssh_config(5), "PATTERNS". Written without a regular expression, which a long pattern could stall. */
function globMatches(pattern: string, name: string): boolean {
  const wanted = pattern.toLowerCase();
  let at = 0;
  let star = -1;
  let resume = 0;
  for (let i = 0; i < name.length;) {
    if (at < wanted.length && (wanted[at] === '?' || wanted[at] === name[i]) && wanted[at] !== '*') {
      at += 1;
      i += 1;
    } else if (wanted[at] === '*') {
      star = at;
      resume = i;
      at += 1;
    } else if (star >= 0) {
      at = star + 1;
      resume += 1;
      i = resume;
    } else {
      return false;
    }
  }
  while (wanted[at] === '*') at += 1;
  return at === wanted.length;
}

export function knownHostLine(name: string, key: HostKey): string {
  return `${name} ${key.type} ${key.blob.toString('base64')}`;
}

/**
 * The text with this key for this host. Its entries of the same type go; a line that names other hosts too keeps them,
 * and a pattern that also means others stays. Everything else stays byte for byte.
 */
export function withHostKey(text: string, name: string, key: HostKey): string {
  const old = new Set(
    parseKnownHosts(text)
      .filter((entry) => entry.marker === 'none' && entry.type === key.type && namesMatch(entry.names, name))
      .map((entry) => entry.line),
  );
  const kept = text.split('\n').flatMap((line, index) => (old.has(index + 1) ? withoutName(line, name) : line));
  const before = kept.join('\n');
  const separator = before === '' || before.endsWith('\n') ? '' : '\n';
  return `${before}${separator}${knownHostLine(name, key)}\n`;
}

function withoutName(line: string, name: string): readonly string[] {
  const names = /^\s*(\S+)/.exec(line)?.[1] ?? '';
  if (names.startsWith('|')) return [];
  const others = names.split(',').filter((pattern) => pattern.toLowerCase() !== name);
  return others.length === 0 ? [] : [line.replace(names, () => others.join(','))];
}
