import { isIP, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import tls, { type DetailedPeerCertificate, type TLSSocket } from 'node:tls';
import { certificateMeaning, hostAndPort, type CertificateSummary } from '../problem/index.ts';
import type { TlsSummary } from '../transcript/index.ts';
import { knownAuthorities } from './authorities.ts';
import type { TlsOptions } from './session-options.ts';

/** A certificate that was refused, with what it says, so that it can be shown. */
export class UntrustedCertificate extends Error {
  readonly code: string;
  readonly tls: TlsSummary;

  constructor({ code, cause }: Distrust, summary: TlsSummary) {
    super(`the certificate was refused: ${cause}`);
    this.name = 'UntrustedCertificate';
    this.code = code;
    this.tls = summary;
  }
}

interface Distrust {
  readonly code: string;
  /** OpenSSL's or Node's own words. */
  readonly cause: string;
}

export interface SecureOptions extends TlsOptions {
  readonly host: string;
  readonly port: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Speaks TLS over a connected stream. The certificate is looked at after the handshake and before anything is sent, so
 * that one that is refused can still be shown. Raises `UntrustedCertificate`, or OpenSSL's own error.
 */
export async function secure(
  stream: Duplex,
  options: SecureOptions,
): Promise<{ readonly socket: TLSSocket; readonly summary: TlsSummary }> {
  const name = options.serverName || options.host;
  const socket = tls.connect({
    socket: stream as Socket,
    ...(isIP(name) === 0 ? { servername: name } : { host: name }),
    secureContext: knownAuthorities(),
    rejectUnauthorized: false,
    // Failing here would hide the certificate; it is checked below.
    checkServerIdentity: () => undefined,
  });
  await handshake(socket, options);
  const distrust = distrustOf(socket, name);
  const summary: TlsSummary = {
    protocol: socket.getProtocol() ?? 'unknown',
    cipher: socket.getCipher().standardName,
    trusted: distrust === null,
    reason: distrust ? certificateMeaning(distrust.code, hostAndPort(options.host, options.port)) : '',
    certificates: certificateChain(socket.getPeerCertificate(true)),
  };
  if (distrust && options.verify) {
    socket.destroy();
    throw new UntrustedCertificate(distrust, summary);
  }
  return { socket, summary };
}

function handshake(socket: TLSSocket, options: SecureOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      done();
      socket.destroy();
      reject(error);
    };
    const timer = setTimeout(() => {
      fail(Object.assign(new Error('the TLS handshake got no answer'), { code: 'ETIMEDOUT' }));
    }, options.timeoutMs);
    const onAbort = (): void => fail(options.signal.reason as Error);
    const onClose = (): void => {
      fail(Object.assign(new Error('closed during the TLS handshake'), { code: 'ECONNRESET' }));
    };
    const onSecure = (): void => {
      done();
      resolve();
    };
    function done(): void {
      clearTimeout(timer);
      options.signal.removeEventListener('abort', onAbort);
      socket.off('close', onClose);
      socket.off('secureConnect', onSecure);
    }
    options.signal.addEventListener('abort', onAbort, { once: true });
    socket.once('secureConnect', onSecure);
    socket.once('close', onClose);
    socket.on('error', fail);
  });
}

function distrustOf(socket: TLSSocket, name: string): Distrust | null {
  if (!socket.authorized) {
    const code = String(socket.authorizationError);
    return { code, cause: code };
  }
  const mismatch = tls.checkServerIdentity(name, socket.getPeerCertificate());
  return mismatch ? { code: 'ERR_TLS_CERT_ALTNAME_INVALID', cause: mismatch.message } : null;
}

function certificateChain(first: DetailedPeerCertificate): CertificateSummary[] {
  const chain: CertificateSummary[] = [];
  const seen = new Set<string>();
  let certificate: DetailedPeerCertificate | undefined = first;
  while (certificate?.fingerprint256 && !seen.has(certificate.fingerprint256)) {
    seen.add(certificate.fingerprint256);
    chain.push({
      subject: nameText(certificate.subject),
      issuer: nameText(certificate.issuer),
      names: (certificate.subjectaltname ?? '').split(', ').filter((name) => name !== ''),
      validFrom: certificate.valid_from,
      validTo: certificate.valid_to,
      fingerprint: certificate.fingerprint256,
    });
    certificate = certificate.issuerCertificate;
  }
  return chain;
}

function nameText(name: object): string {
  return Object.entries(name)
    .map(([key, value]) => `${key}=${String(value)}`)
    .join(', ');
}
