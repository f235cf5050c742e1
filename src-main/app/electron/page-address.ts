/** The scheme and host that the page is served under. No other page of the app exists. */
export const PAGE_SCHEME = 'app';
const PAGE_HOST = 'workbench';
export const PAGE_URL = `${PAGE_SCHEME}://${PAGE_HOST}/`;

/** The path of one of the page's own files, or null for any other address. */
export function pagePath(address: string): string | null {
  // `origin` would not do: it is "null" for every scheme the URL standard does not know.
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url === null || url.protocol !== `${PAGE_SCHEME}:` || url.host !== PAGE_HOST) return null;
  if (url.username !== '' || url.password !== '') return null;
  return url.pathname;
}
