import type { WebContents } from 'electron';
import { PAGE_URL } from './page-address.ts';

/**
 * Keeps a window on its own page: it goes nowhere else, holds no other page and opens none. `openLink` is given what a
 * link or `window.open` would have opened.
 */
export function guardPage(contents: WebContents, openLink: (address: string) => void): void {
  contents.on('will-frame-navigate', (event) => {
    // The page may reload itself. What the app's own code loads causes no such event.
    if (!event.isMainFrame || withoutFragment(event.url) !== PAGE_URL) event.preventDefault();
  });
  contents.on('will-redirect', (event) => event.preventDefault());
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.setWindowOpenHandler(({ url }) => {
    openLink(url);
    return { action: 'deny' };
  });
}

function withoutFragment(address: string): string {
  return address.replace(/#.*$/, '');
}
