import { AppError } from '../../errors/index.ts';
import { keyTypeName, type HostKey, type KnownHostsStore, type NotedKey } from '../../ssh/index.ts';

/** What the person decided about a key that was shown before. */
export interface TrustedKey {
  /** `SHA256:...`: only this very key is accepted. */
  readonly fingerprint: string;
  /** Also notes it in the user's own `~/.ssh/known_hosts`. */
  readonly inUserFile: boolean;
}

export interface CheckedHost {
  readonly host: string;
  readonly port: number;
}

/**
 * Lets a known key pass, and one the person has accepted, which is then noted. Anything else raises `HOST_KEY_NEW`,
 * `HOST_KEY_CHANGED` or `HOST_KEY_REVOKED` with the fingerprints in the details.
 */
export async function checkHostKey(
  store: KnownHostsStore,
  { host, port }: CheckedHost,
  key: HostKey,
  trusted: TrustedKey | null,
): Promise<void> {
  const verdict = await store.judge(host, port, key);
  if (verdict.kind === 'trusted') return;
  if (verdict.kind === 'revoked') {
    throw new AppError('HOST_KEY_REVOKED', `${host} shows a key that was revoked.`, {
      hint: `It is marked @revoked in ${verdict.file}, line ${verdict.line}. Do not sign in; ask who marked it.`,
      details: { ...detailsOf(host, port, key), file: verdict.file, line: verdict.line },
    });
  }
  if (trusted?.fingerprint === key.fingerprint) {
    await store.trust(host, port, key, { inUserFile: trusted.inUserFile });
    return;
  }
  if (verdict.kind === 'changed') {
    throw new AppError('HOST_KEY_CHANGED', `${host} shows another ${keyTypeName(key.type)} key than before.`, {
      hint: 'Was its SD card written anew? Then this is expected: a new system makes new keys. If not, cancel.',
      details: { ...detailsOf(host, port, key), noted: verdict.noted.map(noteOf) },
    });
  }
  throw new AppError('HOST_KEY_NEW', `${host} shows a key that was not seen before.`, {
    hint: 'Compare its fingerprint with the one on the Pi’s own screen, if you can, and accept it.',
    details: { ...detailsOf(host, port, key), others: verdict.others.map(noteOf) },
  });
}

function detailsOf(host: string, port: number, key: HostKey) {
  return { host, port, keyType: keyTypeName(key.type), fingerprint: key.fingerprint };
}

function noteOf({ type, fingerprint, file, line }: NotedKey) {
  return { keyType: keyTypeName(type), fingerprint, file, line };
}
