/** The one function that the Electron preload gives the page: it asks the main side for a new port. */
export interface ShellBridge {
  /** The port comes as a `message` event of the window whose data is `PORT_MESSAGE`. */
  connect(): void;
}

/** The name of the bridge on the page's `window`. */
export const BRIDGE_NAME = 'piWorkbenchShell';

/** The data of the window message that brings a port from the preload. */
export const PORT_MESSAGE = 'pi-workbench:port';
