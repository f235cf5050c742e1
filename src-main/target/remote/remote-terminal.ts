import type { ClientChannel } from 'ssh2';
import type { AppError } from '../../errors/index.ts';
import type { ExitStatus, TerminalProcess } from '../target.ts';
import type { ChannelStream } from './channel-stream.ts';

/** A terminal at the far end of a channel. `exited` rejects when the connection is lost. */
export function terminalOf(channel: ClientChannel, io: ChannelStream, lost: () => AppError | null): TerminalProcess {
  let status: ExitStatus = { code: null, signal: null };
  channel.on('exit', (code: number | null, signal?: string) => {
    status = { code, signal: signal ?? null };
  });
  // With a terminal both outputs are one; this one must be read all the same, or the end never comes.
  channel.stderr.resume();
  const exited = new Promise<ExitStatus>((resolve, reject) => {
    io.once('close', () => {
      const reason = lost();
      if (reason && status.code === null && status.signal === null) reject(reason);
      else resolve(status);
    });
    io.on('error', () => undefined);
  });
  exited.catch(() => undefined);
  return {
    io,
    exited,
    resize: (columns, rows) => channel.setWindow(rows, columns, 0, 0),
    kill: () => io.destroy(),
  };
}
