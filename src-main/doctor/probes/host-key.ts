import { AppError } from '../../errors/index.ts';
import { keyTypeName, openConnection, type HostKey, type KnownHostsStore } from '../../ssh/index.ts';
import type { HostKeyFacts } from '../interpret/ssh.ts';

/**
 * Asks an SSH server for its key and goes away before anything secret could be sent, and judges the key by the known
 * hosts. Raises only `CANCELLED`.
 */
export async function probeHostKey(
  { host, port, name }: { readonly host: string; readonly port: number; readonly name: string },
  knownHosts: Pick<KnownHostsStore, 'judge' | 'typesOf'>,
  signal: AbortSignal,
): Promise<HostKeyFacts> {
  let seen: HostKey | null = null;
  const enough = new AppError('SEEN', 'The key was seen.');
  try {
    const connection = await openConnection({
      host,
      port,
      user: 'doctor',
      credentials: { kind: 'password', password: '' },
      knownKeyTypes: await knownHosts.typesOf(name, port),
      verifyHostKey: (key) => {
        seen = key;
        return Promise.reject(enough);
      },
      signal,
    });
    connection.client.end();
  } catch (thrown) {
    if (signal.aborted) throw AppError.from(signal.reason);
    if (thrown !== enough) {
      return { fingerprint: null, type: '', verdict: null, error: AppError.from(thrown).toData() };
    }
  }
  return judged(seen, name, port, knownHosts);
}

async function judged(
  key: HostKey | null,
  name: string,
  port: number,
  knownHosts: Pick<KnownHostsStore, 'judge'>,
): Promise<HostKeyFacts> {
  if (key === null) return { fingerprint: null, type: '', verdict: null, error: null };
  const verdict = await knownHosts.judge(name, port, key);
  return { fingerprint: key.fingerprint, type: keyTypeName(key.type), verdict, error: null };
}
