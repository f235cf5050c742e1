import type { SFTPWrapper } from 'ssh2';
import type { PreparedFile } from '../upload/prepared-file.ts';
import { untilAborted } from './until-aborted.ts';

/**
 * 2 MiB on the way to an OpenSSH server, as fast as scp. To a server that takes less at once, ssh2 cuts each piece and
 * sends the cuts one after another: 16 of them are on the way. Pieces larger than these would come so seldom over a slow
 * link that it looks as if it stood still.
 */
const CHUNK_BYTES = 128 * 1024;
const MOST_UNANSWERED = 16;

/** Takes the bytes of one file to its `.part` name; `onBytes` is told of each piece the far side has written. */
export type SendFile = (file: PreparedFile, onBytes: (bytes: number) => void, signal: AbortSignal) => Promise<void>;

/** Sends over one SFTP channel, which is opened once for all files. */
export function sftpSender(sftp: SFTPWrapper): SendFile {
  return async (file, onBytes, signal) => {
    const handle = await untilAborted(
      answered<Buffer>((done) => sftp.open(file.part, 'w', { mode: 0o600 }, done)),
      signal,
    );
    const source = await file.open();
    let position = 0;
    const sendRest = async (): Promise<void> => {
      while (position < file.size) {
        const at = position;
        const length = Math.min(CHUNK_BYTES, file.size - at);
        position += length;
        const bytes = await source.read(at, length);
        await answered((done) => sftp.write(handle, bytes, 0, bytes.length, at, done));
        onBytes(bytes.length);
      }
    };
    try {
      await untilAborted(Promise.all(Array.from({ length: MOST_UNANSWERED }, sendRest)), signal);
    } finally {
      // Whoever still sends stops after its present piece.
      position = file.size;
      await source.close();
    }
    await untilAborted(
      answered((done) => sftp.close(handle, done)),
      signal,
    );
  };
}

function answered<T = void>(request: (done: (error?: Error | null, value?: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    request((error, value) => (error ? reject(error) : resolve(value as T)));
  });
}
