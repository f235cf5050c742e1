import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import tls from 'node:tls';
import { decodeDetails, readEntries, readHeads, type Session } from '../../../../src-main/console/index.ts';
import { afterwards, temporaryFolder } from './sessions.ts';

/** A TLS server that notes what it receives and answers `over TLS`; gives its port. */
export async function tlsServer(options: tls.TlsOptions, received: string[]): Promise<number> {
  const sockets = new Set<tls.TLSSocket>();
  const server = tls.createServer(options, (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      received.push(chunk.toString());
      socket.write('over TLS');
    });
  });
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterwards(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

/** A certificate for a name and 127.0.0.1 that signs itself, with its key. */
export async function selfSigned(name: string, days = 1): Promise<{ key: Buffer; cert: Buffer }> {
  const folder = await temporaryFolder();
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name},IP:127.0.0.1`];
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-days',
      String(days),
      ...subject,
    ].concat(['-keyout', key, '-out', cert]),
    { stdio: 'pipe' },
  );
  return { key: readFileSync(key), cert: readFileSync(cert) };
}

/** The details of each entry of a session's transcript so far. */
export async function details(session: Session) {
  await session.transcript.flushed();
  const entries = await readEntries(session.transcript, await readHeads(session.transcript, 0, 100), 1 << 16);
  return entries.map((entry) => decodeDetails(entry));
}
