import { dialog, shell, type BrowserWindow } from 'electron';
import { externalAddress } from './external-address.ts';

const OPEN = 0;
const CANCEL = 1;

/**
 * Opens links to other places in the person's browser, once they have seen the address and agreed. Anything but https
 * is refused silently: no link of this app is of another kind, and other schemes start programs.
 */
export class ExternalLinks {
  readonly #window: BrowserWindow;
  #asking = false;

  constructor(window: BrowserWindow) {
    this.#window = window;
  }

  readonly open = (link: string): void => {
    const address = externalAddress(link);
    if (address === null || this.#asking) return;
    this.#asking = true;
    this.#ask(address)
      .catch((thrown: unknown) =>
        dialog.showErrorBox('The browser could not be opened', `${address}\n\n${String(thrown)}`),
      )
      .finally(() => {
        this.#asking = false;
      });
  };

  async #ask(address: string): Promise<void> {
    const { response } = await dialog.showMessageBox(this.#window, {
      type: 'question',
      message: 'Open this page in your browser?',
      detail: address,
      buttons: ['Open in browser', 'Cancel'],
      defaultId: OPEN,
      cancelId: CANCEL,
      noLink: true,
    });
    if (response === OPEN) await shell.openExternal(address);
  }
}
