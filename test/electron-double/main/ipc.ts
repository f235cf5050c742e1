import { decode } from '../clone.ts';
import { loud } from '../loud.ts';
import { fromBrowserAddress, type FromPage } from '../wire.ts';
import { onLack, onOrder } from './harness.ts';
import { closeFromPage, messageFromPage } from './ports.ts';

type Listener = (event: unknown, ...args: unknown[]) => void;

const listeners = new Map<string, Set<Listener>>();

export const ipcMain: Electron.IpcMain = loud<Electron.IpcMain>(
  'ipcMain',
  {
    on(channel: string, listener: Listener) {
      listeners.set(channel, (listeners.get(channel) ?? new Set()).add(listener));
      return ipcMain;
    },
    off(channel: string, listener: Listener) {
      listeners.get(channel)?.delete(listener);
      return ipcMain;
    },
  } as Partial<Electron.IpcMain>,
  onLack,
);

export interface Sender {
  readonly contents: unknown;
  readonly frame: Electron.WebFrameMain;
}

/** Takes what the page's preload says. */
export function takeFromPage(message: FromPage, sender: Sender): void {
  if (message.kind === 'lack') onLack(message.what);
  else if (message.kind === 'port-message') messageFromPage(message.port, message.data);
  else if (message.kind === 'port-closed') closeFromPage(message.port);
  else deliver(message.channel, sender, decode(message.data) as unknown[]);
}

function deliver(channel: string, { contents, frame }: Sender, args: readonly unknown[]): void {
  const event = loud<Electron.IpcMainEvent>(
    'IpcMainEvent',
    { sender: contents as Electron.WebContents, senderFrame: frame },
    onLack,
  );
  for (const listener of listeners.get(channel) ?? []) listener(event, ...args);
}

/** A frame with an address. `post` takes what the main side sends it. */
export function frameDouble(options: {
  readonly address: () => string;
  readonly top: boolean;
  readonly post: (channel: string, message: unknown, ports: readonly unknown[]) => void;
}): Electron.WebFrameMain {
  const { address, top, post } = options;
  const members = {
    get url(): string {
      return fromBrowserAddress(address());
    },
    parent: top ? null : ({} as Electron.WebFrameMain),
    postMessage: (channel: string, message: unknown, ports: readonly unknown[] = []) => post(channel, message, ports),
  };
  return loud<Electron.WebFrameMain>('WebFrameMain', members as unknown as Partial<Electron.WebFrameMain>, onLack);
}

/** A message as a page that was taken over would send it. Resolves to the channels on which that frame was answered. */
onOrder('message', ({ channel, frame, top, args }) => {
  const answered: string[] = [];
  const foreign = frameDouble({ address: () => frame, top, post: (name) => answered.push(name) });
  if (!listeners.get(channel)?.size) throw new Error(`Nobody listens on ${channel}.`);
  deliver(channel, { contents: {}, frame: foreign }, args);
  return answered;
});
