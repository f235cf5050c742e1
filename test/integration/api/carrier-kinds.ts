import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { MessageChannel } from 'node:worker_threads';
import { WebSocket, WebSocketServer } from 'ws';
import { memoryPair, portCarrier, socketCarrier, type Carrier } from '../../../src-main/api/channel/index.ts';

/** One way to carry a contract, as the suite uses it. */
export interface CarrierKind {
  readonly name: string;
  /** Starts a listening side that gives each new carrier to `onPage`. */
  start(onPage: (carrier: Carrier) => void): Promise<Listening>;
}

export interface Listening {
  /** Opens a carrier from the page's side. */
  open(): Promise<Carrier>;
  stop(): Promise<void>;
}

const memory: CarrierKind = {
  name: 'a pair in memory',
  start: (onPage) =>
    Promise.resolve({
      open: () => {
        const [page, main] = memoryPair();
        onPage(main);
        return Promise.resolve(page);
      },
      stop: () => Promise.resolve(),
    }),
};

const messagePort: CarrierKind = {
  name: 'a MessagePort',
  start: (onPage) =>
    Promise.resolve({
      open: () => {
        const { port1, port2 } = new MessageChannel();
        onPage(portCarrier(port2));
        return Promise.resolve(portCarrier(port1));
      },
      stop: () => Promise.resolve(),
    }),
};

/** The same port spoken to as Electron's `MessagePortMain` is: an event emitter whose messages come as `{ data }`. */
const emitterPort: CarrierKind = {
  name: "a port with the interface of Electron's MessagePortMain",
  start: (onPage) =>
    Promise.resolve({
      open: () => {
        const { port1, port2 } = new MessageChannel();
        const wrapped = new Map<unknown, (value: unknown) => void>();
        onPage(
          portCarrier({
            postMessage: (message) => port2.postMessage(message),
            on: (type: string, listener: (event: { readonly data: unknown }) => void) => {
              const take = (data: unknown): void => listener({ data });
              wrapped.set(listener, take);
              port2.on(type, take);
            },
            off: (type, listener) => port2.off(type, wrapped.get(listener) ?? listener),
            start: () => port2.start(),
            close: () => port2.close(),
          }),
        );
        return Promise.resolve(portCarrier(port1));
      },
      stop: () => Promise.resolve(),
    }),
};

const webSocket: CarrierKind = {
  name: 'a WebSocket',
  start: async (onPage) => {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    server.on('connection', (socket) => onPage(socketCarrier(socket)));
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    return {
      open: async () => {
        const socket = new WebSocket(`ws://127.0.0.1:${port}`);
        const carrier = socketCarrier(socket);
        await once(socket, 'open');
        return carrier;
      },
      stop: async () => {
        for (const socket of server.clients) socket.terminate();
        await new Promise((resolve) => server.close(resolve));
      },
    };
  },
};

export const carrierKinds: readonly CarrierKind[] = [memory, messagePort, emitterPort, webSocket];
