import type { AddressInfo } from 'node:net';
import tls from 'node:tls';
import { decodeDetails, readEntries, readHeads, type Session } from '../../../../src-main/console/index.ts';
import { afterwards } from './sessions.ts';

/** A TLS server that notes what it receives and answers `over TLS`; gives its port. */
export async function tlsServer(options: tls.TlsOptions, received: string[]): Promise<number> {
  const server = tls.createServer(options, (socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      received.push(chunk.toString());
      socket.write('over TLS');
    });
  });
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterwards(() => new Promise((resolve) => server.close(resolve)));
  return (server.address() as AddressInfo).port;
}

/** The details of each entry of a session's transcript so far. */
export async function details(session: Session) {
  await session.transcript.flushed();
  const entries = await readEntries(session.transcript, await readHeads(session.transcript, 0, 100), 1 << 16);
  return entries.map((entry) => decodeDetails(entry));
}
