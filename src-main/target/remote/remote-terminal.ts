import type { ClientChannel } from 'ssh2';
import type { AppError } from '../../errors/index.ts';
import type { ExitStatus, TerminalProcess } from '../target.ts';
import type { ChannelStream } from './channel-stream.ts';
import { closeStatus } from './remote-process.ts';

/** A terminal at the far end of a channel. `exited` rejects when the connection is lost. */
export function terminalOf(channel: ClientChannel, io: ChannelStream, lost: () => AppError | null): TerminalProcess {
  const closed = closeStatus(channel);
  // With a terminal both outputs are one; this one must be read all the same, or the end never comes.
  channel.stderr.resume();
  const exited = endOf(closed, io, lost);
  exited.catch(() => undefined);
  return {
    io,
    exited,
    resize: (columns, rows) => channel.setWindow(rows, columns, 0, 0),
    kill: () => io.destroy(),
  };
}

async function endOf(closed: Promise<ExitStatus>, io: ChannelStream, lost: () => AppError | null): Promise<ExitStatus> {
  io.on('error', () => undefined);
  // Given up by this side. A stream that was read to its end closes too, but then the exit status is still to come.
  const given = new Promise<ExitStatus>((resolve) =>
    io.once('close', () => {
      if (!io.readableEnded) resolve({ code: null, signal: null });
    }),
  );
  const status = await Promise.race([closed, given]);
  const reason = lost();
  if (reason && status.code === null && status.signal === null) throw reason;
  return status;
}
