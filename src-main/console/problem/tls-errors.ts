import type { SystemErrorMeaning } from './system-errors.ts';

const SWITCH_OFF = 'or connect with the check switched off.';
const UNKNOWN_HINT = `Add its certificate authority to those this computer trusts and start the app again, ${SWITCH_OFF}`;

/** What to do about the certificate errors that another authority would not mend. */
const HINTS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: `Renew the certificate on the other side, ${SWITCH_OFF}`,
  CERT_NOT_YET_VALID: `Set the clocks of both sides, ${SWITCH_OFF}`,
  CERT_REVOKED: 'Do not send anything secret: ask who runs the other side.',
  ERR_TLS_CERT_ALTNAME_INVALID: `Connect by a name in the certificate, or give one as the name to check, ${SWITCH_OFF}`,
};

/** Certificate errors as OpenSSL's X509_V_ERR names and Node's own. Python raises SSLCertVerificationError for each. */
const CERTIFICATE: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'The certificate of {where} is signed by itself, so nobody vouches for it.',
  SELF_SIGNED_CERT_IN_CHAIN: 'The certificate of {where} comes from an authority that this computer does not know.',
  UNABLE_TO_GET_ISSUER_CERT: 'The certificate of {where} comes from an authority that this computer does not know.',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'The certificate of {where} comes from an authority this computer does not know.',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'The certificate of {where} comes from an authority this computer does not know.',
  CERT_HAS_EXPIRED: 'The certificate of {where} has expired.',
  CERT_NOT_YET_VALID: 'The certificate of {where} is not valid yet: one of the two clocks is wrong.',
  CERT_REVOKED: 'The certificate of {where} was revoked.',
  ERR_TLS_CERT_ALTNAME_INVALID: 'The certificate of {where} was made for another name.',
};

/** Why a certificate is not trusted, as a sentence; `where` is `host:port`. */
export function certificateMeaning(code: string, where: string): string {
  const meaning = CERTIFICATE[code] ?? `The certificate of {where} cannot be trusted: ${code}.`;
  return meaning.replaceAll('{where}', where);
}

/** What a TLS failure means, or undefined when `code` names none. */
export function tlsErrorMeaning(code: string, message: string): SystemErrorMeaning | undefined {
  const meaning = CERTIFICATE[code];
  if (meaning !== undefined) {
    const python = 'ssl.SSLCertVerificationError';
    return { code, meaning, hint: HINTS[code] ?? UNKNOWN_HINT, python, pythonText: '[SSL: CERTIFICATE_VERIFY_FAILED]' };
  }
  if (code !== 'EPROTO' && !code.startsWith('ERR_SSL') && !code.startsWith('ERR_TLS')) return undefined;
  const plain = /wrong version number|packet length too long|http request/i.test(message);
  return {
    code,
    python: 'ssl.SSLError',
    pythonText: plain ? '[SSL: WRONG_VERSION_NUMBER] wrong version number' : '[SSL] handshake failure',
    meaning: plain
      ? 'What answers at {where} does not speak TLS.'
      : 'The TLS handshake with {where} failed: both sides found no common terms.',
    hint: plain ? 'Connect without TLS.' : 'Look at the TLS versions and ciphers the other side allows.',
  };
}
