import { text } from 'node:stream/consumers';
import { quote } from '../quote.ts';
import type { Command, RunningProcess } from '../target.ts';
import type { PreparedFile } from '../upload/prepared-file.ts';
import type { SendFile } from './sftp-sender.ts';
import { untilAborted } from './until-aborted.ts';

const CHUNK_BYTES = 64 * 1024;

/** Sends through `cat > file`, for servers without SFTP such as Dropbear's (ssh2#115). */
export function commandSender(spawn: (command: Command, signal: AbortSignal) => Promise<RunningProcess>): SendFile {
  return async (file, onBytes, signal) => {
    const child = await spawn({ script: `umask 077\nexec cat > ${quote(file.part)}` }, signal);
    child.stdout.resume();
    const said = text(child.stderr);
    const fed = feed(child, file, onBytes);
    // A pipe that closes early only says that the command ended; its end says why.
    fed.catch(() => undefined);
    try {
      const { code } = await untilAborted(child.exited, signal);
      if (code !== 0) throw new Error((await said).trim() || `cat ended with code ${code}`);
      await fed;
    } catch (thrown) {
      child.kill('SIGKILL');
      throw thrown;
    } finally {
      said.catch(() => undefined);
    }
  };
}

async function feed({ stdin }: RunningProcess, file: PreparedFile, onBytes: (bytes: number) => void): Promise<void> {
  const source = await file.open();
  try {
    for (let at = 0; at < file.size; at += CHUNK_BYTES) {
      const bytes = await source.read(at, Math.min(CHUNK_BYTES, file.size - at));
      await new Promise<void>((resolve, reject) => {
        const onClose = (): void => reject(new Error('The command ended early.'));
        stdin.once('close', onClose);
        stdin.write(bytes, (error) => {
          stdin.off('close', onClose);
          if (error) reject(error);
          else resolve();
        });
      });
      onBytes(bytes.length);
    }
    stdin.end();
  } finally {
    await source.close();
  }
}
