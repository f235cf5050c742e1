/** What the two halves of the double say to each other: the Node process that runs the app's main side, and its page. */

/** The made-up origin that stands for `app://workbench` in a browser that knows no such scheme. Resolved by nobody. */
const HOST_SUFFIX = '.app-scheme.invalid';

/** `app://workbench/x` as the browser sees it. */
export function toBrowserAddress(address: string): string {
  return address.replace(/^app:\/\/([\w-]+)(?=[/?#]|$)/, `https://$1${HOST_SUFFIX}`);
}

/** What the browser sees as the app knows it; other addresses unchanged. */
export function fromBrowserAddress(address: string): string {
  const found = /^https:\/\/([\w-]+)\.app-scheme\.invalid(?::443)?(?=[/?#]|$)(.*)$/s.exec(address);
  return found ? `app://${found[1]}${found[2] === '' ? '/' : found[2]}` : address;
}

/** The world of its own that the preload runs in, and the names it finds there. */
export const PRELOAD_WORLD = 'electron-double-preload';
export const BINDING = '__electronDoubleToMain';
export const RECEIVER = '__electronDoubleFromMain';

/** Events of the window by which the two worlds of a page tell each other what `contextBridge` would. */
export const EXPOSE_EVENT = 'electron-double:expose';
export const CALL_EVENT = 'electron-double:call';

/** From a page to the main side. `data` is what `encode` made. */
export type FromPage =
  | { readonly kind: 'send'; readonly channel: string; readonly data: string }
  | { readonly kind: 'port-message'; readonly port: number; readonly data: string }
  | { readonly kind: 'port-closed'; readonly port: number }
  | { readonly kind: 'lack'; readonly what: string };

/** From the main side to a page. */
export type ToPage =
  | { readonly kind: 'deliver'; readonly channel: string; readonly data: string; readonly ports: readonly number[] }
  | { readonly kind: 'port-message'; readonly port: number; readonly data: string }
  | { readonly kind: 'port-close'; readonly port: number };
