import { readFile, readdir, readlink } from 'node:fs/promises';

export interface PortOwner {
  readonly pid: number;
  readonly name: string;
}

/** State of a listening socket in `/proc/net/tcp` (proc(5)). */
const LISTENING = '0A';

/** The process that listens on a TCP port; null when it belongs to another user or there is no `/proc`. */
export async function portOwner(port: number): Promise<PortOwner | null> {
  const inodes = new Set([...(await listeningInodes('tcp', port)), ...(await listeningInodes('tcp6', port))]);
  if (inodes.size === 0) return null;
  for (const name of await entries('/proc')) {
    if (!/^\d+$/.test(name) || !(await holdsSocket(name, inodes))) continue;
    return { pid: Number(name), name: (await text(`/proc/${name}/comm`)).trim() };
  }
  return null;
}

/** Inodes of the sockets that listen on a port, from the text of `/proc/net/tcp` or `tcp6`. */
export function inodesOfPort(table: string, port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return table
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1]?.endsWith(suffix) && fields[3] === LISTENING)
    .flatMap((fields) => fields[9] ?? []);
}

async function listeningInodes(table: 'tcp' | 'tcp6', port: number): Promise<string[]> {
  return inodesOfPort(await text(`/proc/net/${table}`), port);
}

async function holdsSocket(pid: string, inodes: ReadonlySet<string>): Promise<boolean> {
  const folder = `/proc/${pid}/fd`;
  for (const name of await entries(folder)) {
    const inode = /^socket:\[(\d+)\]$/.exec(await target(`${folder}/${name}`))?.[1];
    if (inode !== undefined && inodes.has(inode)) return true;
  }
  return false;
}

// What cannot be read belongs to another user or has just ended: it is as good as empty.
const entries = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);
const text = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '');
const target = (path: string): Promise<string> => readlink(path).catch(() => '');
