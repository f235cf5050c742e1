import { existsSync, readFileSync } from 'node:fs';
import tls from 'node:tls';

/** Where Linux and the BSDs keep the authorities that their programs trust, as one file. */
const BUNDLES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

let known: tls.SecureContext | undefined;

/**
 * Trusts Mozilla's authorities, which come with Node, and those this computer was given: its own store, and the files named
 * by `SSL_CERT_FILE` (as for OpenSSL) and `NODE_EXTRA_CA_CERTS`. Read once.
 */
export function knownAuthorities(): tls.SecureContext {
  known ??= tls.createSecureContext({ ca: [...tls.rootCertificates, ...ofThisComputer()] });
  return known;
}

function ofThisComputer(): string[] {
  const { SSL_CERT_FILE, NODE_EXTRA_CA_CERTS } = process.env;
  const bundle = SSL_CERT_FILE || BUNDLES.find((path) => existsSync(path));
  const files = [bundle, NODE_EXTRA_CA_CERTS].filter((path) => path !== undefined && path !== '');
  return [...systemStore(), ...files.flatMap((path) => certificatesIn(path ?? ''))];
}

/** The store of macOS and Windows, which Node can read since 22.15. */
function systemStore(): readonly string[] {
  const { getCACertificates } = tls as { getCACertificates?: (kind: 'system') => string[] };
  return process.platform === 'linux' ? [] : (getCACertificates?.('system') ?? []);
}

/** The certificates in a PEM file; none in one that cannot be read, as for OpenSSL. */
function certificatesIn(path: string): readonly string[] {
  let text: string;
  try {
    text = readFileSync(path, 'latin1');
  } catch {
    return [];
  }
  return text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
}
