import { readFile } from 'node:fs/promises';
import { posix } from 'node:path';
import SSHConfig, { LineType } from 'ssh-config';
import { systemCode } from '../errors/index.ts';

/** A machine named in the user's `~/.ssh/config`. */
export interface ConfigHost {
  /** The name given to it there. */
  readonly alias: string;
  readonly host: string;
  readonly port: number;
  /** Null when the file does not say. */
  readonly user: string | null;
  /** Full path of the key for it, or null. */
  readonly keyPath: string | null;
}

const MOST_HOSTS = 200;

/**
 * The machines of an ssh_config(5) file: each name under `Host` without a pattern, with its HostName, Port, User and
 * IdentityFile as OpenSSH works them out. Commands of `Match exec` are never run. A file that cannot be read as one has
 * none.
 */
export function parseSshConfig(text: string, homeDir: string): readonly ConfigHost[] {
  try {
    const config = SSHConfig.parse(text);
    return aliasesOf(config)
      .slice(0, MOST_HOSTS)
      .map((alias) => hostOf(config, alias, homeDir));
  } catch (thrown) {
    if (!(thrown instanceof Error)) throw thrown;
    return [];
  }
}

/** Reads such a file; one that is missing or may not be read has no machine. */
export async function readSshConfig(path: string, homeDir: string): Promise<readonly ConfigHost[]> {
  try {
    return parseSshConfig(await readFile(path, 'utf8'), homeDir);
  } catch (thrown) {
    if (systemCode(thrown) === undefined) throw thrown;
    return [];
  }
}

function aliasesOf(config: SSHConfig): readonly string[] {
  const names = [...config].flatMap((line) => {
    if (line.type !== LineType.DIRECTIVE || line.param.toLowerCase() !== 'host') return [];
    return wordsOf(line.value);
  });
  return [...new Set(names)].filter((name) => !/[*?!]/.test(name));
}

function hostOf(config: SSHConfig, alias: string, homeDir: string): ConfigHost {
  const found = config.compute(alias, { ignoreCase: true, matchExec: false });
  const first = (name: string): string | null => wordsOf(found[name] ?? '')[0] ?? null;
  const port = Number(first('port'));
  const key = first('identityfile');
  return {
    alias,
    host: (first('hostname') ?? alias).replaceAll('%h', alias),
    port: Number.isInteger(port) && port >= 1 && port <= 65_535 ? port : 22,
    user: first('user'),
    keyPath: key === null || key === 'none' ? null : expanded(key, homeDir),
  };
}

function expanded(path: string, homeDir: string): string {
  const full = path.replaceAll('%d', homeDir);
  return full.startsWith('~/') ? posix.join(homeDir.replaceAll('\\', '/'), full.slice(2)) : full;
}

function wordsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return value === '' ? [] : [value];
  if (!Array.isArray(value)) return [];
  return value.map((word: unknown) =>
    typeof word === 'string' ? word : String((word as { readonly val?: unknown } | null)?.val ?? ''),
  );
}
