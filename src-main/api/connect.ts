import { AppError } from '../errors/app-error.ts';
import { CONTRACT_PATH, SESSION_PATH, TOKEN_FRAGMENT } from './browser-session.ts';
import { portCarrier } from './channel/port-carrier.ts';
import { socketCarrier } from './channel/socket-carrier.ts';
import type { Carrier } from './channel/carrier.ts';
import type { Client } from './client.ts';
import { createClient } from './create-client.ts';
import { BRIDGE_NAME, PORT_MESSAGE, type ShellBridge } from './shell-bridge.ts';

/**
 * Connects this page to its shell: through the port that the Electron preload hands over, else through a WebSocket to
 * the server the page came from. A one-time token in the address is taken out of it before anything else reads it.
 */
export function connectClient(): Client {
  const bridge = (window as { [BRIDGE_NAME]?: ShellBridge })[BRIDGE_NAME];
  if (bridge) return createClient(() => openPort(bridge));
  let token = takeToken();
  return createClient(async () => {
    const once = token;
    token = null;
    if (once !== null) await exchange(once);
    return openSocket();
  });
}

function openPort(bridge: ShellBridge): Promise<Carrier> {
  return new Promise((resolve) => {
    const take = (event: MessageEvent): void => {
      const [port] = event.ports;
      if (event.source !== window || event.data !== PORT_MESSAGE || !port) return;
      window.removeEventListener('message', take);
      resolve(portCarrier(port));
    };
    window.addEventListener('message', take);
    bridge.connect();
  });
}

function takeToken(): string | null {
  const token = TOKEN_FRAGMENT.exec(window.location.hash)?.[1] ?? null;
  if (token !== null) window.history.replaceState(null, '', window.location.pathname);
  return token;
}

/** A token that was used already is no failure here: this browser may hold the session's cookie. */
async function exchange(token: string): Promise<void> {
  await fetch(SESSION_PATH, { method: 'POST', headers: { 'content-type': 'text/plain' }, body: token });
}

async function openSocket(): Promise<Carrier> {
  const { protocol, host } = window.location;
  const socket = new WebSocket(`${protocol === 'https:' ? 'wss' : 'ws'}://${host}${CONTRACT_PATH}`);
  const carrier = socketCarrier(socket);
  const opened = await new Promise<boolean>((resolve) => {
    socket.addEventListener('open', () => resolve(true));
    socket.addEventListener('close', () => resolve(false));
  });
  if (opened) return carrier;
  // A page is not told why a WebSocket was refused, so it asks.
  const session = await fetch(SESSION_PATH);
  if (session.status === 401) throw sessionEnded();
  throw new AppError('CONNECTION_LOST', 'Pi Workbench does not answer.');
}

function sessionEnded(): AppError {
  return new AppError('SESSION_ENDED', 'This page is not signed in to Pi Workbench.', {
    hint: 'Open the address that Pi Workbench printed when it started. Each start prints a new one.',
  });
}
