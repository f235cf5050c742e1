import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Transcript, type Session } from '../../../src-main/console/index.ts';
import { mayStallDisks, StallingDisk } from '../support/stalling-disk.ts';
import { serve } from './support/peers.ts';
import { afterwards, startSessionIn, streamBytes, tcpClient, temporaryFolder } from './support/sessions.ts';

const MIB = 1024 * 1024;
/** More than the sockets' buffers on both sides can hold. */
const AMOUNT = 48 * MIB;

/** Until nothing more has arrived for a while; gives how many bytes have. */
async function cameToRest(session: Session): Promise<number> {
  const received = (): number => session.transcript.totals.receivedBytes;
  let before = -1;
  const still = (): boolean => {
    const same = received() === before;
    before = received();
    return same;
  };
  await expect.poll(still, { interval: 300 }).toBe(true);
  return received();
}

/** A session whose disk takes `room` bytes and is full then, until `makeRoom()`. */
async function sessionOnSmallDisk(port: number, room: number): Promise<{ session: Session; makeRoom: () => void }> {
  let left = room;
  const transcript = await Transcript.create({
    folder: join(await temporaryFolder(), 'session'),
    retryMs: 20,
    wrapDisk: (file) => ({
      writev: async (buffers, position) => {
        if (left <= 0) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
        const first = Buffer.concat(buffers).subarray(0, left);
        left -= first.length;
        return file.writev([first], position);
      },
    }),
  });
  const session = await startSessionIn(transcript, tcpClient(port));
  return { session, makeRoom: () => (left = Number.MAX_SAFE_INTEGER) };
}

describe('a session whose disk is full', () => {
  it('stops reading its socket, says so, and has every byte when there is room again', async () => {
    const sent = randomBytes(AMOUNT);
    const server = await serve((socket) => socket.end(sent));
    const { session, makeRoom } = await sessionOnSmallDisk(server.port, MIB);
    await expect.poll(() => session.stall?.code).toBe('ENOSPC');
    expect(session.stall?.text).toBe('The disk is full. Reading has stopped and goes on as soon as there is room.');
    const received = (): number => session.transcript.totals.receivedBytes;
    expect(await cameToRest(session)).toBeLessThan(4 * MIB);
    expect(server.accepted[0]?.writableLength).toBeGreaterThan(0);
    expect(session.connections[0]?.state).toBe('open');
    makeRoom();
    await expect.poll(received, { timeout: 20_000 }).toBe(AMOUNT);
    await expect.poll(() => session.connections[0]?.state).toBe('peer-ended');
    expect(session.stall).toBeNull();
    expect((await streamBytes(session.transcript, 'received')).equals(sent)).toBe(true);
  });
});

const unable = mayStallDisks ? '' : ' (not tested: this user may not make one)';

describe.runIf(mayStallDisks)(`a session whose disk is slower than its sender${unable}`, () => {
  it('reads its socket no faster than the disk takes it, and loses nothing', async () => {
    const disk = await StallingDisk.make(128 * MIB);
    afterwards(() => disk.remove());
    const sent = randomBytes(AMOUNT);
    const server = await serve((socket) => socket.once('data', () => socket.end(sent)));
    const transcript = await Transcript.create({ folder: join(disk.path, 'session') });
    const session = await startSessionIn(transcript, tcpClient(server.port));
    await expect.poll(() => session.connections[0]?.state).toBe('open');
    const goOn = await disk.stall();
    afterwards(goOn);
    session.send(new TextEncoder().encode('go'), 'all');
    await expect.poll(() => session.transcript.congested).toBe(true);
    expect(await cameToRest(session)).toBeLessThan(4 * MIB);
    expect(server.accepted[0]?.writableLength).toBeGreaterThan(0);
    expect([session.connections[0]?.state, session.transcript.congested]).toEqual(['open', true]);
    await goOn();
    await expect.poll(() => session.connections[0]?.state, { timeout: 20_000 }).toBe('peer-ended');
    expect((await streamBytes(session.transcript, 'received')).equals(sent)).toBe(true);
  });
});
