import type { BrowserWindow } from 'electron';
import { ExternalLinks } from './external-link.ts';
import { PAGE_URL } from './page-address.ts';
import { guardPage } from './page-guard.ts';
import { watchPage } from './page-trouble.ts';
import { addTextMenu } from './text-menu.ts';
import { makeWindow, type WindowOptions } from './window.ts';

/** The one window of the app. On macOS it may be closed while the app goes on. */
export class AppWindow {
  readonly #options: WindowOptions;
  #window: BrowserWindow | null = null;

  constructor(options: WindowOptions) {
    this.#options = options;
  }

  get current(): BrowserWindow | null {
    return this.#window;
  }

  /** Whether the person looks at it. */
  get inFront(): boolean {
    return this.#window?.isFocused() ?? false;
  }

  /** Brings the window to the front; false when there is none. */
  show(): boolean {
    if (!this.#window) return false;
    if (this.#window.isMinimized()) this.#window.restore();
    this.#window.show();
    this.#window.focus();
    return true;
  }

  /** Opens the window at `route`, such as `#/settings`; raises what keeps the page from loading. */
  async open(route = ''): Promise<void> {
    const window = makeWindow(this.#options);
    this.#window = window;
    window.on('closed', () => {
      this.#window = null;
    });
    guardPage(window.webContents, new ExternalLinks(window).open);
    watchPage(window);
    addTextMenu(window);
    await window.loadURL(`${PAGE_URL}${route}`);
  }
}
