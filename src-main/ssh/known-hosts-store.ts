import { readFile } from 'node:fs/promises';
import { systemCode } from '../errors/index.ts';
import { writeAtomically } from '../storage/index.ts';
import { fingerprintOf, type HostKey } from './host-key.ts';
import { knownHostName, namesMatch, parseKnownHosts, withHostKey, type KnownHost } from './known-hosts.ts';

/** A key noted for a host, and where. */
export interface NotedKey {
  readonly type: string;
  readonly fingerprint: string;
  readonly file: string;
  readonly line: number;
}

/** What the files say about a key that a host shows. */
export type Verdict =
  | { readonly kind: 'trusted' }
  /** Never seen. `others` are keys of other types noted for it: a second type is new, not changed. */
  | { readonly kind: 'new'; readonly others: readonly NotedKey[] }
  | { readonly kind: 'changed'; readonly noted: readonly NotedKey[] }
  | { readonly kind: 'revoked'; readonly file: string; readonly line: number };

export interface KnownHostsFiles {
  /** The app's own file, the only one it writes without being asked. */
  readonly own: string;
  /** The user's, `~/.ssh/known_hosts`. */
  readonly user: string;
  /** Read only, such as `/etc/ssh/ssh_known_hosts`. */
  readonly others?: readonly string[];
}

/**
 * The keys of known hosts. What the app's own file says about a type of key goes before the others, so that a key
 * replaced there counts even when the user's file still has the old one. A key revoked anywhere is refused.
 */
export class KnownHostsStore {
  readonly files: KnownHostsFiles;

  constructor(files: KnownHostsFiles) {
    this.files = files;
  }

  async judge(host: string, port: number, key: HostKey): Promise<Verdict> {
    const name = knownHostName(host, port);
    const notes = (await this.#read()).filter(({ entry }) => namesMatch(entry.names, name));
    const revoked = notes.find(({ entry }) => entry.marker === 'revoked' && entry.blob.equals(key.blob));
    if (revoked) return { kind: 'revoked', file: revoked.file, line: revoked.entry.line };

    const plain = notes.filter(({ entry }) => entry.marker === 'none');
    for (const source of [plain.filter(({ file }) => file === this.files.own), plain]) {
      const sameType = source.filter(({ entry }) => entry.type === key.type);
      if (sameType.some(({ entry }) => entry.blob.equals(key.blob))) return { kind: 'trusted' };
      if (sameType.length > 0) return { kind: 'changed', noted: sameType.map(noted) };
    }
    return { kind: 'new', others: plain.map(noted) };
  }

  /** The types of key noted for a host. */
  async typesOf(host: string, port: number): Promise<readonly string[]> {
    const name = knownHostName(host, port);
    const notes = await this.#read();
    const types = notes
      .filter(({ entry }) => entry.marker === 'none' && namesMatch(entry.names, name))
      .map(({ entry }) => entry.type);
    return [...new Set(types)];
  }

  /** Notes a key for a host in the app's own file, in place of one of the same type; in the user's too when asked. */
  async trust(
    host: string,
    port: number,
    key: HostKey,
    options: { readonly inUserFile?: boolean } = {},
  ): Promise<void> {
    const name = knownHostName(host, port);
    const files = options.inUserFile ? [this.files.own, this.files.user] : [this.files.own];
    for (const file of files) await writeAtomically(file, withHostKey(await readText(file), name, key));
  }

  async #read(): Promise<readonly { readonly file: string; readonly entry: KnownHost }[]> {
    const { own, user, others = [] } = this.files;
    const texts = await Promise.all([own, user, ...others].map(async (file) => ({ file, text: await readText(file) })));
    return texts.flatMap(({ file, text }) => parseKnownHosts(text).map((entry) => ({ file, entry })));
  }
}

function noted({ file, entry }: { readonly file: string; readonly entry: KnownHost }): NotedKey {
  return { type: entry.type, fingerprint: fingerprintOf(entry.blob), file, line: entry.line };
}

/** Empty when there is none, or none that may be read: then nothing is known from it. */
async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (thrown) {
    const code = systemCode(thrown);
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EACCES' || code === 'EISDIR') return '';
    throw thrown;
  }
}
