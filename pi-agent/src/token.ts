import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';

/** Shortest secret that is worth asking for. */
const MIN_TOKEN_LENGTH = 16;

/** Why the token cannot be used, as a sentence. */
export class TokenError extends Error {}

/** Reads the secret of `--access token`, without blanks around it. Raises TokenError. */
export function readToken(path: string, log: (line: string) => void): string {
  let token: string;
  try {
    token = readFileSync(path, 'utf8').trim();
    if ((statSync(path).mode & 0o077) !== 0) log(`${path} can be read by others; it should have mode 0600`);
  } catch (thrown) {
    throw new TokenError(`the token file ${path} cannot be read: ${String(thrown)}`);
  }
  if (!/^[\x21-\x7e]{16,200}$/.test(token)) {
    throw new TokenError(
      `the token in ${path} must have ${MIN_TOKEN_LENGTH} to 200 printable characters without blanks`,
    );
  }
  return token;
}

/** Compares in a time that tells nothing about the secret. */
export function sameToken(given: string, wanted: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}
