import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { loud } from '../loud.ts';
import { KnownEvents, PreventableEvent } from './emitter.ts';
import { did, onLack, options } from './harness.ts';
import { openWindows } from './windows.ts';

const EVENTS = ['will-quit', 'window-all-closed', 'second-instance', 'activate'];

class DoubleApp extends KnownEvents {
  readonly isPackaged = options.packaged;
  readonly commandLine = loud<Electron.CommandLine>(
    'app.commandLine',
    { hasSwitch: (name) => process.argv.includes(`--${name}`) },
    onLack,
  );
  readonly #paths = new Map<string, string>([['downloads', options.downloadsDir]]);
  readonly #ready: Promise<void>;
  #isReady = false;
  #quitting = false;
  #lock: Server | null = null;

  constructor() {
    super('app', EVENTS);
    // Electron is ready once the main module has run to its end.
    this.#ready = new Promise((resolve) => {
      setImmediate(() => {
        this.#isReady = true;
        resolve();
      });
    });
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => this.quit());
  }

  whenReady(): Promise<void> {
    return this.#ready;
  }

  isReady(): boolean {
    return this.#isReady;
  }

  enableSandbox(): void {
    this.#before('enableSandbox');
    did('app.enableSandbox');
  }

  setAppUserModelId(id: string): void {
    did('app.setAppUserModelId', id);
  }

  setPath(name: string, path: string): void {
    if (!existsSync(path)) throw new Error(`Path must exist: ${path}`);
    this.#paths.set(name, path);
  }

  getPath(name: string): string {
    const path = this.#paths.get(name);
    if (path === undefined) throw new Error(`The double of Electron knows no path “${name}”.`);
    return path;
  }

  /** A lock in the folder of the profile, as Chromium keeps it: the second process tells the first and gets false. */
  requestSingleInstanceLock(): boolean {
    const folder = this.getPath('userData');
    mkdirSync(folder, { recursive: true });
    const path = join(folder, 'double.sock');
    if (existsSync(path)) {
      const told = connect(path);
      told.on('error', () => rmSync(path, { force: true }));
      told.end(JSON.stringify(process.argv));
      return false;
    }
    this.#lock = createServer((socket) => {
      let text = '';
      socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      socket.on('end', () => this.emit('second-instance', {}, JSON.parse(text), process.cwd(), null));
    }).listen(path);
    this.#lock.unref();
    return true;
  }

  quit(): void {
    if (this.#quitting) return;
    this.#quitting = true;
    void this.#closeAndQuit();
  }

  exit(code = 0): void {
    this.#lock?.close();
    // Lets what was written to the pipes of this process go out first, and a second instance tell the first.
    setImmediate(() => setTimeout(() => process.exit(code), 20));
  }

  /** Called by the last window that closes. */
  windowClosed(): void {
    if (!this.#quitting && openWindows().length === 0) this.emit('window-all-closed');
  }

  async #closeAndQuit(): Promise<void> {
    for (const window of openWindows()) await window.closeNow();
    const event = new PreventableEvent({});
    this.emit('will-quit', event);
    this.#quitting = event.defaultPrevented;
    if (!event.defaultPrevented) this.exit(0);
  }

  #before(method: string): void {
    if (this.#isReady) throw new Error(`app.${method} must be called before the app is ready.`);
  }
}

export const doubleApp = new DoubleApp();
export const app = loud<Electron.App>('app', doubleApp as unknown as Partial<Electron.App>, onLack);
