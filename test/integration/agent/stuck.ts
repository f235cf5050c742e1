import { expect } from 'vitest';
import { kernelSockets } from '../support/kernel-sockets.ts';

/** Commands whose answers, some 20 MB, are more than the kernel keeps for a client that does not read. */
export const MORE_THAN_FITS = 'HELP\n'.repeat(200_000);

/** Waits until a client's connection to this port stands still: commands lie unread there, and answers cannot leave. */
export async function untilStuck(port: number, clientPort: number | undefined): Promise<void> {
  let before = '';
  const standsStill = (): boolean => {
    const line = kernelSockets('state', 'established', `sport = :${port}`, `dport = :${clientPort}`);
    const [queues = ''] = /^[1-9]\d* +[1-9]\d* /.exec(line) ?? [];
    const same = queues !== '' && queues === before;
    before = queues;
    return same;
  };
  await expect.poll(standsStill, { interval: 100 }).toBe(true);
}
