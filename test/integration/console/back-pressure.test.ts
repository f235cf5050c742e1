import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Session, Transcript } from '../../../src-main/console/index.ts';
import { serve } from './support/peers.ts';
import { afterwards, streamBytes, tcpClient, temporaryFolder } from './support/sessions.ts';

const MIB = 1024 * 1024;
/** More than the sockets' buffers on both sides can hold. */
const AMOUNT = 48 * MIB;

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
  const openTunnel = () => Promise.reject(new Error('no tunnel in this test'));
  const session = new Session(tcpClient(port), transcript, { openTunnel }, () => undefined);
  afterwards(async () => {
    await session.stop();
    await session.allClosed();
    await transcript.finish();
    await transcript.dispose();
  });
  await session.start();
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
    let before = -1;
    // It has come to rest when nothing more arrives for a while.
    await expect
      .poll(
        () => {
          const still = received() === before;
          before = received();
          return still;
        },
        { interval: 300 },
      )
      .toBe(true);
    expect(received()).toBeLessThan(4 * MIB);
    expect(server.accepted[0]?.writableLength).toBeGreaterThan(0);
    expect(session.connections[0]?.state).toBe('open');
    makeRoom();
    await expect.poll(received, { timeout: 20_000 }).toBe(AMOUNT);
    await expect.poll(() => session.connections[0]?.state).toBe('peer-ended');
    expect(session.stall).toBeNull();
    expect((await streamBytes(session.transcript, 'received')).equals(sent)).toBe(true);
  });
});
