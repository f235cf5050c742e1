import { describe, expect, it } from 'vitest';
import { serve } from './support/peers.ts';
import { lines, startSession, tcpClient } from './support/sessions.ts';
import { details, selfSigned, tlsServer } from './support/tls-peer.ts';

describe('TLS', () => {
  it('refuses a certificate that signs itself, shows it, and sends nothing', async () => {
    const received: string[] = [];
    const port = await tlsServer(await selfSigned('pi.test'), received);
    const session = await startSession(tcpClient(port, { tls: { verify: true, serverName: 'pi.test' } }));
    const [error] = await details(session);
    expect(error).toMatchObject({
      kind: 'error',
      code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
      python: 'ssl.SSLCertVerificationError',
      certificates: [{ subject: 'CN=pi.test', names: ['DNS:pi.test', 'IP Address:127.0.0.1'] }],
    });
    expect([session.state.kind, received]).toEqual(['failed', []]);
  });

  it('connects without the check when asked, and says that nobody vouches for the certificate', async () => {
    const port = await tlsServer(await selfSigned('pi.test'), []);
    const session = await startSession(tcpClient(port, { tls: { verify: false, serverName: '' } }));
    session.send(new TextEncoder().encode('hello'), 'all');
    await expect.poll(() => lines(session.transcript)).toContain('< over TLS');
    const [connected] = await details(session);
    expect(connected).toMatchObject({
      kind: 'connect',
      tls: {
        protocol: 'TLSv1.3',
        trusted: false,
        reason: `The certificate of 127.0.0.1:${port} is signed by itself, so nobody vouches for it.`,
      },
    });
  });

  it('says that the other side does not speak TLS', async () => {
    const server = await serve((socket) => socket.end('220 plain text here\r\n'));
    const session = await startSession(tcpClient(server.port, { tls: { verify: true, serverName: '' } }));
    const [error] = await details(session);
    expect(error).toMatchObject({ kind: 'error', python: 'ssl.SSLError' });
    expect(error?.kind === 'error' && error.meaning).toContain('does not speak TLS');
  });

  it('gives up on a handshake that gets no answer', async () => {
    const server = await serve(() => undefined);
    const session = await startSession(
      tcpClient(server.port, { connectTimeoutMs: 300, tls: { verify: true, serverName: '' } }),
    );
    expect((await details(session))[0]).toMatchObject({ kind: 'error', code: 'ETIMEDOUT' });
  });
});
