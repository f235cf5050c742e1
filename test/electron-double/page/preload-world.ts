// Runs in a world of its own before the page's scripts, as a sandboxed preload does: gives it the `electron` module that
// such a preload may require, then runs it.
import { decode, encode } from '../clone.ts';
import { loud } from '../loud.ts';
import { BINDING, CALL_EVENT, EXPOSE_EVENT, RECEIVER, type FromPage, type ToPage } from '../wire.ts';

type Listener = (event: Electron.IpcRendererEvent, ...args: unknown[]) => void;

type CommonJs = (require: (name: string) => unknown, module: { exports: unknown }, exports: unknown) => void;

/** `preload` is the text of the built file, wrapped as CommonJS wraps it. Frames inside the page have no preload. */
export function run(preload: CommonJs): void {
  if (window !== window.top) return;
  const ports = new Map<number, MessagePort>();
  const listeners = new Map<string, Listener[]>();
  const exposed = new Map<string, Readonly<Record<string, () => unknown>>>();

  const ipcRenderer: Electron.IpcRenderer = lacking<Electron.IpcRenderer>('ipcRenderer', {
    on(channel: string, listener: Listener) {
      listeners.set(channel, [...(listeners.get(channel) ?? []), listener]);
      return ipcRenderer;
    },
    send: (channel, ...args: unknown[]) => tell({ kind: 'send', channel, data: encode(args) }),
  });
  const contextBridge = lacking<Electron.ContextBridge>('contextBridge', {
    exposeInMainWorld(name, api: Readonly<Record<string, () => unknown>>) {
      exposed.set(name, api);
      for (const value of Object.values(api)) {
        if (typeof value !== 'function') throw new TypeError('This double of contextBridge exposes only functions.');
      }
      const detail = JSON.stringify({ name, functions: Object.keys(api) });
      window.dispatchEvent(new CustomEvent(EXPOSE_EVENT, { detail }));
    },
  });

  window.addEventListener(CALL_EVENT, (event) => {
    const { name, method } = JSON.parse((event as CustomEvent<string>).detail) as { name: string; method: string };
    const result = exposed.get(name)?.[method]?.();
    if (result !== undefined) throw new TypeError('This double of contextBridge carries no results.');
  });
  Object.defineProperty(window, RECEIVER, { value: (text: string) => receive(JSON.parse(text) as ToPage) });

  function receive(message: ToPage): void {
    if (message.kind === 'deliver') {
      const event = { sender: ipcRenderer, ports: message.ports.map(openPort) } as unknown as Electron.IpcRendererEvent;
      for (const listener of listeners.get(message.channel) ?? []) listener(event, decode(message.data));
    } else if (message.kind === 'port-message') {
      ports.get(message.port)?.postMessage(decode(message.data));
    } else {
      ports.get(message.port)?.close();
      ports.delete(message.port);
    }
  }

  /** One end of a real channel for the page; the other end is joined to the main side's port. */
  function openPort(id: number): MessagePort {
    const { port1, port2 } = new MessageChannel();
    ports.set(id, port1);
    port1.onmessage = ({ data }) => tell({ kind: 'port-message', port: id, data: encode(data) });
    port1.addEventListener('close', () => {
      if (ports.delete(id)) tell({ kind: 'port-closed', port: id });
    });
    return port2;
  }

  const require = (name: string): unknown => {
    if (name === 'electron') return lacking('electron (in a sandboxed preload)', { ipcRenderer, contextBridge });
    throw new Error(`module not found: ${name}: a sandboxed preload cannot require it`);
  };
  const module = { exports: {} };
  preload(require, module, module.exports);
}

function lacking<T extends object>(name: string, members: Partial<T>): T {
  return loud(name, members, (what) => tell({ kind: 'lack', what }));
}

function tell(message: FromPage): void {
  (window as unknown as Record<string, (text: string) => void>)[BINDING]?.(JSON.stringify(message));
}
