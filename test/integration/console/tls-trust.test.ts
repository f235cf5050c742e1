import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TlsOptions } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lines, startSession, tcpClient } from './support/sessions.ts';
import { details, tlsServer } from './support/tls-peer.ts';

/** Two authorities; this computer knows the first. */
let folder: string;
const openssl = (...argv: string[]): unknown => execFileSync('openssl', argv, { cwd: folder, stdio: 'pipe' });

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pi-workbench-trust-'));
  for (const name of ['known', 'unknown']) {
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', `${name}.key`];
    openssl('req', '-x509', ...key, '-days', '2', '-subj', `/CN=${name} authority`, '-out', `${name}.pem`);
  }
  process.env['SSL_CERT_FILE'] = join(folder, 'known.pem');
});
afterAll(() => {
  delete process.env['SSL_CERT_FILE'];
  rmSync(folder, { recursive: true });
});

/** A certificate for `pi.test`, as openssl's `x509` makes it. */
function issue(authority: string, days: string): { key: Buffer; cert: Buffer } {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', 'pi.key'];
  openssl('req', ...key, '-subj', '/CN=pi.test', '-out', 'pi.csr');
  writeFileSync(join(folder, 'pi.ext'), 'subjectAltName=DNS:pi.test\n');
  const sign = ['-CA', `${authority}.pem`, '-CAkey', `${authority}.key`, '-CAcreateserial', '-extfile', 'pi.ext'];
  openssl('x509', '-req', '-in', 'pi.csr', ...sign, '-days', days, '-out', 'pi.pem');
  return { key: readFileSync(join(folder, 'pi.key')), cert: readFileSync(join(folder, 'pi.pem')) };
}

/** A session with a server that shows a certificate, and what its transcript begins with. */
async function meet(certificate: TlsOptions, serverName: string) {
  const received: string[] = [];
  const port = await tlsServer(certificate, received);
  const session = await startSession(tcpClient(port, { tls: { verify: true, serverName } }));
  const [first] = await details(session);
  return { session, received, first };
}

describe('a certificate', () => {
  it('from an authority that this computer was given is trusted, and shown with who vouches for it', async () => {
    const { session, first } = await meet(issue('known', '2'), 'pi.test');
    expect(first).toMatchObject({
      kind: 'connect',
      tls: {
        trusted: true,
        reason: '',
        certificates: [{ subject: 'CN=pi.test', issuer: 'CN=known authority', names: ['DNS:pi.test'] }, {}],
      },
    });
    session.send(new TextEncoder().encode('hello'), 'all');
    await expect.poll(() => lines(session.transcript)).toContain('< over TLS');
  });

  it.each([
    [
      'from an unknown authority',
      'unknown',
      '2',
      'pi.test',
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      'does not know',
      'Add its',
    ],
    [
      'made for another name',
      'known',
      '2',
      'other.test',
      'ERR_TLS_CERT_ALTNAME_INVALID',
      'another name',
      'by a name in',
    ],
    ['that has expired', 'known', '-1', 'pi.test', 'CERT_HAS_EXPIRED', 'has expired', 'Renew'],
  ] as const)('%s is refused before anything is sent, with the reason and what helps', async (...row) => {
    const [, authority, days, name, code, meaning, hint] = row;
    const { session, received, first } = await meet(issue(authority, days), name);
    expect(first).toMatchObject({ kind: 'error', code, python: 'ssl.SSLCertVerificationError' });
    if (first?.kind !== 'error') throw new Error('there is no error');
    expect(first.certificates?.[0]?.subject).toBe('CN=pi.test');
    expect(first.meaning).toContain(meaning);
    expect(first.hint).toContain(hint);
    expect([session.state.kind, received]).toEqual(['failed', []]);
  });
});
