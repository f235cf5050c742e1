// Runs sandboxed, in a world of its own, before the page's scripts. It gives the page one function without arguments.
import { contextBridge, ipcRenderer } from 'electron';
import { BRIDGE_NAME, PORT_MESSAGE, type ShellBridge } from '../../api/shell-bridge.ts';
import { CONNECT_CHANNEL, PORT_CHANNEL } from './channels.ts';

ipcRenderer.on(PORT_CHANNEL, (event) => window.postMessage(PORT_MESSAGE, window.location.origin, event.ports));

const bridge: ShellBridge = { connect: () => ipcRenderer.send(CONNECT_CHANNEL) };
contextBridge.exposeInMainWorld(BRIDGE_NAME, bridge);
