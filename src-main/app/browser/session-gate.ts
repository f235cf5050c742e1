import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/**
 * Who may use the browser shell. The printed address carries a one-time token; whoever brings it first gets a cookie for
 * the life of the process. Tokens and cookies are compared as digests, in constant time.
 */
export class SessionGate {
  readonly #cookieName: string;
  readonly #cookie = randomBytes(32).toString('base64url');
  #token: string | null = randomBytes(32).toString('base64url');

  /** Cookies do not tell ports apart, so the port is part of the name. */
  constructor(port: number) {
    this.#cookieName = `pi-workbench-${port}`;
  }

  /** The token of the address; null once it was used. */
  get token(): string | null {
    return this.#token;
  }

  /** The `Set-Cookie` header for the right token, which is then used up; null for any other. */
  exchange(token: string): string | null {
    if (this.#token === null || !same(token, this.#token)) return null;
    this.#token = null;
    return `${this.#cookieName}=${this.#cookie}; Path=/; HttpOnly; SameSite=Strict`;
  }

  /** Whether a request's `Cookie` header holds the session's cookie. */
  admits(cookieHeader: string | undefined): boolean {
    const prefix = `${this.#cookieName}=`;
    return (cookieHeader ?? '')
      .split(';')
      .map((pair) => pair.trim())
      .some((pair) => pair.startsWith(prefix) && same(pair.slice(prefix.length), this.#cookie));
  }
}

function same(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
