import { AppError } from '../errors/index.ts';
import type { FoundDevice } from './model.ts';

/** What the list of devices keeps of a found machine. */
export interface WhatToKeep {
  readonly host: string;
  readonly port: number;
  readonly lastAddress: string | null;
  readonly mac: string | null;
}

/**
 * How a found machine is reached from now on: by its name, with the address it answers at and its MAC, which find it again
 * when its name does not resolve (`.local` on many a Windows). Raises `NOT_FOUND_ANY_MORE`.
 */
export function whatToKeep(id: string, all: readonly FoundDevice[]): WhatToKeep {
  const found = all.find((device) => device.id === id);
  const [best] = found?.addresses ?? [];
  if (!found || (!best && found.names.length === 0 && !found.sshConfig)) {
    throw new AppError('NOT_FOUND_ANY_MORE', 'This machine is no longer among those found.', {
      hint: 'Search again, or add it by its name or address.',
    });
  }
  return {
    host: hostToKeep(found, all),
    port: found.ssh?.port ?? found.sshConfig?.port ?? 22,
    lastAddress: best?.address ?? null,
    mac: found.mac,
  };
}

/** A `.local` name outlives a change of address; but one that two machines use leads to either. */
function hostToKeep({ id, names, addresses, sshConfig }: FoundDevice, all: readonly FoundDevice[]): string {
  const name = names.find((one) => one.endsWith('.local'));
  const shared = all.some((other) => other.id !== id && name !== undefined && other.names.includes(name));
  return (shared ? undefined : name) ?? addresses[0]?.address ?? sshConfig?.host ?? '';
}
