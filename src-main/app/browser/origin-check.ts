import type { IncomingMessage } from 'node:http';

/**
 * Whether a request was really made to this server by its own page. A name that an attacker points at 127.0.0.1 (DNS
 * rebinding) shows in `Host`; a page of another origin shows in `Origin`.
 */
export class OriginCheck {
  readonly #hosts: readonly string[];

  constructor(port: number) {
    this.#hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  }

  rightHost(request: IncomingMessage): boolean {
    return this.#hosts.includes(request.headers.host ?? '');
  }

  /** For requests that change something: the page's own origin must be named. */
  ownPage(request: IncomingMessage): boolean {
    return this.rightHost(request) && request.headers.origin === `http://${request.headers.host}`;
  }
}
