import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import { Client } from 'ssh2';

/**
 * The SHA-256 fingerprint of the host key that an SSH server shows on a fresh connection, as OpenSSH writes it
 * (`SHA256:...`), or null when it shows none in time. The handshake ends there: nobody signs in. Ed25519 is asked for first,
 * so that one machine gives one fingerprint.
 */
export function readHostKey(socket: Socket, timeoutMs: number, signal: AbortSignal): Promise<string | null> {
  return new Promise((resolve) => {
    const client = new Client();
    let fingerprint: string | null = null;
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      socket.destroy();
      resolve(fingerprint);
    };
    const timer = setTimeout(end, timeoutMs);
    signal.addEventListener('abort', end, { once: true });
    // Refusing the key is an error to ssh2, and so is the far side's hanging up.
    client.on('error', end).on('close', end);
    client.connect({
      sock: socket,
      username: 'nobody',
      readyTimeout: 0,
      algorithms: {
        serverHostKey: ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'rsa-sha2-512', 'rsa-sha2-256'],
      },
      hostVerifier: (key: Buffer) => {
        fingerprint = `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
        return false;
      },
    });
  });
}
