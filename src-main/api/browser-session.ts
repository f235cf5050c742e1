/** Paths of the browser shell's server, for both sides. */
export const SESSION_PATH = '/session';
export const CONTRACT_PATH = '/contract';

/** The part of the address that carries the one-time token, `#token=...`: never sent by a browser by itself. */
export const TOKEN_FRAGMENT = /^#token=([\w-]{20,100})$/;
