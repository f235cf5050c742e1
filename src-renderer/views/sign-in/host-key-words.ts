import type { AppError, ErrorDetail } from '../../../src-main/errors/app-error.ts';

/** A key noted before, and where. */
export interface NotedHostKey {
  readonly keyType: string;
  readonly fingerprint: string;
  readonly file: string;
  readonly line: number;
}

/** A host's key that the person must decide on. */
export interface ShownHostKey {
  readonly kind: 'new' | 'changed';
  readonly host: string;
  readonly keyType: string;
  readonly fingerprint: string;
  /** For a changed key: the old ones. For a new one: keys of other types of the same host. */
  readonly noted: readonly NotedHostKey[];
}

/** Reads the details of `HOST_KEY_NEW` and `HOST_KEY_CHANGED`; null for any other error. */
export function shownHostKey({ code, details = {} }: AppError): ShownHostKey | null {
  if (code !== 'HOST_KEY_NEW' && code !== 'HOST_KEY_CHANGED') return null;
  const { host, keyType, fingerprint } = details;
  const noted = code === 'HOST_KEY_CHANGED' ? details['noted'] : details['others'];
  return {
    kind: code === 'HOST_KEY_CHANGED' ? 'changed' : 'new',
    host: String(host),
    keyType: String(keyType),
    fingerprint: String(fingerprint),
    noted: Array.isArray(noted) ? noted.map((entry: ErrorDetail) => notedKey(entry)) : [],
  };
}

function notedKey(entry: ErrorDetail): NotedHostKey {
  const fields = typeof entry === 'object' && entry !== null && !Array.isArray(entry) ? { ...entry } : {};
  const { keyType, fingerprint, file, line } = fields as Record<string, ErrorDetail>;
  return { keyType: String(keyType), fingerprint: String(fingerprint), file: String(file), line: Number(line) };
}
