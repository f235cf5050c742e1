import { ipcMain, MessageChannelMain, type IpcMainEvent, type WebFrameMain } from 'electron';
import { portCarrier, type Carrier } from '../../api/channel/index.ts';
import { CONNECT_CHANNEL, PORT_CHANNEL } from './channels.ts';
import { pagePath } from './page-address.ts';

/**
 * Hands each of the app's pages that asks a port of its own, and its other end to `onPage`. This is the only message the
 * main side takes, and it takes it from the page's main frame alone. Returns what stops it.
 */
export function servePorts(onPage: (carrier: Carrier) => void): () => void {
  const connect = (event: IpcMainEvent, ...more: unknown[]): void => {
    const frame = trustedFrame(event);
    if (frame === null || more.length > 0) {
      console.error(`A message from ${event.senderFrame?.url ?? 'a frame that is gone'} was refused.`);
      return;
    }
    const { port1, port2 } = new MessageChannelMain();
    frame.postMessage(PORT_CHANNEL, null, [port2]);
    onPage(portCarrier(port1));
  };
  ipcMain.on(CONNECT_CHANNEL, connect);
  return () => ipcMain.off(CONNECT_CHANNEL, connect);
}

/** The frame a message came from when it is the app's own page at the top of its window; null for any other. */
function trustedFrame({ senderFrame }: IpcMainEvent): WebFrameMain | null {
  if (senderFrame === null || senderFrame.parent !== null) return null;
  return pagePath(senderFrame.url) === null ? null : senderFrame;
}
