import { createHash } from 'node:crypto';

/** A server's public key. */
export interface HostKey {
  /** `ssh-ed25519`, `ssh-rsa`, `ecdsa-sha2-nistp256` ... */
  readonly type: string;
  /** The key as sent (RFC 4253, 6.6) and as base64 in known_hosts. */
  readonly blob: Buffer;
  /** `SHA256:` and unpadded base64, as OpenSSH prints it. */
  readonly fingerprint: string;
}

export function hostKeyOf(blob: Uint8Array): HostKey {
  const bytes = Buffer.from(blob);
  return { type: keyType(bytes), blob: bytes, fingerprint: fingerprintOf(bytes) };
}

/** `SHA256:...` of a public key, as `ssh-keygen -l` prints it. */
export function fingerprintOf(blob: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}

/** A type of key as people say it: `ED25519`, `ECDSA`, `RSA`. */
export function keyTypeName(type: string): string {
  if (type.startsWith('ecdsa-')) return 'ECDSA';
  return type.replace(/^ssh-/, '').replace(/^dss$/, 'dsa').toUpperCase();
}

function keyType(blob: Buffer): string {
  if (blob.length < 4) return '';
  const length = blob.readUInt32BE(0);
  return length > 64 || blob.length < 4 + length ? '' : blob.toString('latin1', 4, 4 + length);
}
