import { clientDefaults, ConsoleService, type SessionOptions } from '../../../src-main/console/index.ts';

/** The console with a folder of its own and no devices. */
export function openConsole(folder: string): ConsoleService {
  return new ConsoleService({ folder, openTunnel: () => Promise.reject(new Error('There is no device here.')) });
}

export function clientOf(port: number): SessionOptions {
  return { ...clientDefaults, host: '127.0.0.1', port };
}

/** Waits until all of `bytes` have been received and written to the transcript's files. */
export async function receivedAll(console: ConsoleService, id: string, bytes: number): Promise<void> {
  const tab = console.tab(id);
  while (tab.totals.receivedBytes < bytes) {
    if (tab.live?.state.kind === 'failed') throw new Error(tab.live.state.problem.meaning);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const { source } = tab;
  if ('flushed' in source && typeof source.flushed === 'function') await source.flushed();
}

export function nowMs(): number {
  return performance.timeOrigin + performance.now();
}
