import { join } from 'node:path';
import { ConsoleService, Transcript, type EntryDetails } from '../../../../src-main/console/index.ts';
import { afterwards, temporaryFolder } from './sessions.ts';

/** A console service of the test's own; its tabs are closed after the test. */
export async function consoleService(folder?: string): Promise<ConsoleService> {
  const root = folder ?? (await temporaryFolder());
  const service = new ConsoleService({
    folder: join(root, 'sessions'),
    openTunnel: () => Promise.reject(new Error('no tunnel in this test')),
  });
  afterwards(() => service.dispose());
  return service;
}

type Move =
  | { readonly say: 'sent' | 'received'; readonly bytes: Uint8Array | string; readonly connection?: number }
  | { readonly end: 'sent' | 'received'; readonly connection?: number };

const US = { address: '127.0.0.1', port: 40_001 };
const PEER = { address: '127.0.0.1', port: 1234 };

/** A transcript written by hand: a connection, what crossed it, and its end. */
export async function recorded(
  moves: readonly Move[],
  ends: { local?: EntryDetails['connect']['local']; remote?: EntryDetails['connect']['remote']; opens?: boolean } = {},
): Promise<Transcript> {
  const transcript = await Transcript.create({ folder: join(await temporaryFolder(), 'recorded') });
  afterwards(() => transcript.dispose());
  const connections = [...new Set(moves.map((move) => move.connection ?? 1))];
  for (const id of connections) {
    const local = { ...(ends.local ?? US), port: (ends.local ?? US).port + id - 1 };
    const remote = ends.remote ?? PEER;
    if (ends.opens === false) transcript.appendDetails('accept', 'received', id, { local, remote, refused: false });
    else transcript.appendDetails('connect', 'sent', id, { local, remote, tookUs: 120, tls: null, through: null });
  }
  for (const move of moves) {
    const connection = move.connection ?? 1;
    if ('end' in move) transcript.appendDetails('half-close', move.end, connection, { unsentBytes: 0 });
    else {
      const bytes = typeof move.bytes === 'string' ? Buffer.from(move.bytes, 'latin1') : move.bytes;
      transcript.appendData({ direction: move.say, connection, bytes });
    }
  }
  for (const id of connections) {
    transcript.appendDetails('close', 'sent', id, { by: 'us', text: 'Closed by this side.' });
  }
  await transcript.flushed();
  return transcript;
}
