import type { BrowserContext, CDPSession, Frame, Page, Route } from 'playwright-core';
import { readFileSync } from 'node:fs';
import { encode } from '../clone.ts';
import { loud } from '../loud.ts';
import {
  BINDING,
  PRELOAD_WORLD,
  RECEIVER,
  fromBrowserAddress,
  toBrowserAddress,
  type FromPage,
  type ToPage,
} from '../wire.ts';
import { doubleApp } from './app.ts';
import { KnownEvents, PreventableEvent } from './emitter.ts';
import { did, onLack, onOrder, options } from './harness.ts';
import { frameDouble, takeFromPage } from './ipc.ts';
import { closeFromPage, portBehind } from './ports.ts';
import { answerScheme, isCancelled } from './session.ts';

const WINDOW_EVENTS = ['ready-to-show', 'resize', 'move', 'maximize', 'unmaximize', 'close', 'closed', 'unresponsive'];
const CONTENTS_EVENTS = [
  'will-frame-navigate',
  'will-redirect',
  'will-attach-webview',
  'render-process-gone',
  'context-menu',
];

/** What makes a window safe; the double opens none without. */
const demanded = {
  sandbox: true,
  contextIsolation: true,
  nodeIntegration: false,
  webSecurity: true,
  webviewTag: false,
};

const windows = new Set<DoubleWindow>();
export const openWindows = (): readonly DoubleWindow[] => [...windows];

class DoubleContents extends KnownEvents {
  readonly mainFrame: Electron.WebFrameMain;
  readonly #window: DoubleWindow;
  openHandler: ((details: { url: string }) => { action: string }) | null = null;

  constructor(window: DoubleWindow) {
    super('webContents', CONTENTS_EVENTS);
    this.#window = window;
    this.mainFrame = frameDouble({
      address: () => window.address,
      top: true,
      post: (channel, message, ports) => window.deliver(channel, message, ports),
    });
  }

  setWindowOpenHandler(handler: (details: { url: string }) => { action: string }): void {
    this.openHandler = handler;
  }

  reload(): void {
    void this.#window.reload();
  }
}

/** A window whose page is one of the test's browser. */
export class DoubleWindow extends KnownEvents {
  readonly contents = new DoubleContents(this);
  readonly webContents = loud<Electron.WebContents>(
    'webContents',
    this.contents as unknown as Partial<Electron.WebContents>,
    onLack,
  );
  readonly #preload: string;
  readonly #ports = new Set<number>();
  readonly #opened: Promise<Page>;
  #page: Page | null = null;
  #cdp: CDPSession | null = null;
  #context: number | null = null;
  #bounds: Electron.Rectangle;
  #maximized = false;
  #byApp = false;
  #focused = true;
  #destroyed = false;

  constructor(wanted: Electron.BrowserWindowConstructorOptions) {
    super('BrowserWindow', WINDOW_EVENTS);
    const { x = 40, y = 40, width = 800, height = 600, webPreferences = {}, ...rest } = wanted;
    this.#bounds = { x, y, width, height };
    for (const [name, value] of Object.entries(demanded)) {
      if (webPreferences[name as keyof typeof demanded] !== value) throw new Error(`A window needs ${name}: ${value}.`);
    }
    this.#preload = readFileSync(webPreferences.preload ?? '', 'utf8');
    windows.add(this);
    did('BrowserWindow', { ...rest, ...(wanted.x === undefined ? { width, height } : this.#bounds) });
    this.#opened = this.#open();
    return loud<DoubleWindow>('BrowserWindow', this, onLack);
  }

  get address(): string {
    return this.#page?.url() ?? '';
  }

  get page(): Page | null {
    return this.#page;
  }

  async loadURL(address: string): Promise<void> {
    const page = await this.#opened;
    await this.#asApp(() => page.goto(toBrowserAddress(address)));
    this.emit('ready-to-show');
    did('BrowserWindow.loaded', fromBrowserAddress(page.url()));
  }

  async reload(): Promise<void> {
    await this.#asApp(() => this.#page?.reload());
  }

  show(): void {
    did('BrowserWindow.show');
  }

  focus(): void {
    did('BrowserWindow.focus');
  }

  restore(): void {
    did('BrowserWindow.restore');
  }

  maximize(): void {
    this.#maximized = true;
  }

  isMaximized(): boolean {
    return this.#maximized;
  }

  isMinimized(): boolean {
    return false;
  }

  isFullScreen(): boolean {
    return false;
  }

  isFocused(): boolean {
    return this.#focused;
  }

  /** As a person turns to the window or away from it. */
  setFocused(focused: boolean): void {
    this.#focused = focused;
  }

  isDestroyed(): boolean {
    return this.#destroyed;
  }

  getNormalBounds(): Electron.Rectangle {
    return { ...this.#bounds };
  }

  destroy(): void {
    void this.closeNow();
  }

  /** As a person moves the window. */
  place(bounds: Electron.Rectangle, maximized: boolean): void {
    this.#bounds = bounds;
    this.#maximized = maximized;
    this.emit('resize');
    this.emit('move');
  }

  async closeNow(): Promise<void> {
    if (this.#destroyed) return;
    const event = new PreventableEvent({});
    this.emit('close', event);
    if (event.defaultPrevented) return;
    this.#destroyed = true;
    windows.delete(this);
    await (await this.#opened).close();
    this.#closePorts();
    this.emit('closed');
    doubleApp.windowClosed();
  }

  /** Gives the preload a message with ports; the other ends stay with the app. */
  deliver(channel: string, message: unknown, ports: readonly unknown[]): void {
    const given = ports.map((port) => portBehind(port).give((later) => this.#post(later)));
    for (const id of given) this.#ports.add(id);
    this.#post({ kind: 'deliver', channel, data: encode(message), ports: given });
  }

  /** Whether the app lets the page itself navigate one of its frames. */
  mayNavigate(address: string, isMainFrame: boolean): boolean {
    if (this.#byApp) return true;
    const event = new PreventableEvent({ url: fromBrowserAddress(address), isMainFrame });
    this.contents.emit('will-frame-navigate', event);
    return !event.defaultPrevented;
  }

  /** What `window.open` or a link to a new window does. */
  openWindow(address: string): string {
    return this.contents.openHandler?.({ url: fromBrowserAddress(address) }).action ?? 'allow';
  }

  async #open(): Promise<Page> {
    const { context } = await connection();
    const page = await context.newPage();
    const cdp = await context.newCDPSession(page);
    ownTargets.add((await cdp.send('Target.getTargetInfo')).targetInfo.targetId);
    this.#cdp = cdp;
    cdp.on('Runtime.bindingCalled', ({ name, payload, executionContextId }) => {
      if (name !== BINDING || executionContextId !== this.#context) return;
      takeFromPage(JSON.parse(payload) as FromPage, { contents: this.webContents, frame: this.contents.mainFrame });
    });
    cdp.on('Runtime.executionContextCreated', ({ context: made }) => {
      if (made.name !== PRELOAD_WORLD || made.auxData?.frameId !== mainFrameId) return;
      this.#context = made.id;
    });
    cdp.on('Runtime.executionContextDestroyed', ({ executionContextId }) => {
      if (executionContextId === this.#context) this.#closePorts();
    });
    cdp.on('Runtime.executionContextsCleared', () => this.#closePorts());
    const { frameTree } = await cdp.send('Page.getFrameTree');
    const mainFrameId = frameTree.frame.id;
    await cdp.send('Page.enable');
    await cdp.send('Runtime.enable');
    await cdp.send('Runtime.addBinding', { name: BINDING, executionContextName: PRELOAD_WORLD });
    await cdp.send('Page.addScriptToEvaluateOnNewDocument', { source: options.mainWorldScript });
    await cdp.send('Page.addScriptToEvaluateOnNewDocument', {
      source: `${options.preloadWorldScript}\nElectronDouble.run(function (require, module, exports) {\n${this.#preload}\n});`,
      worldName: PRELOAD_WORLD,
    });
    await page.setViewportSize({ width: this.#bounds.width, height: this.#bounds.height });
    this.#page = page;
    return page;
  }

  #post(message: ToPage): void {
    if (this.#context === null || this.#destroyed) return;
    const expression = `${RECEIVER}(${JSON.stringify(JSON.stringify(message))})`;
    this.#cdp?.send('Runtime.evaluate', { expression, contextId: this.#context }).then(
      ({ exceptionDetails }) => {
        if (exceptionDetails) did('fault', exceptionDetails.exception?.description ?? exceptionDetails.text);
      },
      // The page went away meanwhile; its ports are closed then.
      () => undefined,
    );
  }

  #closePorts(): void {
    this.#context = null;
    for (const id of this.#ports) closeFromPage(id);
    this.#ports.clear();
  }

  async #asApp<T>(action: () => Promise<T> | undefined): Promise<void> {
    this.#byApp = true;
    try {
      await action();
    } finally {
      this.#byApp = false;
    }
  }
}

let connected: Promise<Connection> | null = null;

interface Connection {
  readonly context: BrowserContext;
  /** Speaks to the browser as a whole. */
  readonly browser: CDPSession;
}

function connection(): Promise<Connection> {
  connected ??= connect();
  return connected;
}

async function connect(): Promise<Connection> {
  // Loaded only for windows: it takes a while, and most code needs none.
  const { chromium } = await import('playwright-core');
  const connectedBrowser = await chromium.connectOverCDP(options.browser);
  const [context] = connectedBrowser.contexts();
  if (!context) throw new Error('The browser has no context.');
  const browser = await connectedBrowser.newBrowserCDPSession();
  for (const id of await pageTargets(browser)) ownTargets.add(id);
  await context.route('**/*', (route) => answer(route));
  return { context, browser };
}

/** Pages that are no pop-ups: the windows', and what the browser was started with. */
const ownTargets = new Set<string>();

async function pageTargets(browser: CDPSession): Promise<string[]> {
  const { targetInfos } = await browser.send('Target.getTargets');
  return targetInfos.filter(({ type }) => type === 'page').map(({ targetId }) => targetId);
}

/** A pop-up whose first request was refused never becomes a page that Playwright knows, so it is closed from outside. */
async function closePopups(): Promise<void> {
  const { browser } = await connection();
  const popups = (await pageTargets(browser)).filter((id) => !ownTargets.has(id));
  await Promise.all(popups.map((targetId) => browser.send('Target.closeTarget', { targetId })));
}

/** Answers every request of the browser: nothing it asks for ever leaves this process. */
async function answer(route: Route): Promise<void> {
  const request = route.request();
  const address = fromBrowserAddress(request.url());
  if (request.isNavigationRequest()) {
    const frame = frameOf(request);
    const window = openWindows().find((one) => one.page === frame?.page());
    if (!frame || !window) return answerPopup(route);
    if (!window.mayNavigate(request.url(), frame.parentFrame() === null)) return route.abort('aborted');
  }
  if (!address.startsWith('app:')) {
    if (!isCancelled(address)) did('fault', `A request reached the network: ${address}`);
    return route.abort('blockedbyclient');
  }
  const response = await answerScheme(address, request.method());
  if (!response) return route.abort('failed');
  return route.fulfill({
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: Buffer.from(await response.arrayBuffer()),
  });
}

/** The frame that a request is for, or null when that is still being made: a window that the page opens. */
function frameOf(request: ReturnType<Route['request']>): Frame | null {
  try {
    return request.frame();
  } catch {
    return null;
  }
}

/** The page opened a window: the app is asked, as Electron asks, and the double can open none. */
async function answerPopup(route: Route): Promise<void> {
  if (firstWindow().openWindow(route.request().url()) !== 'deny') did('fault', 'The app let its page open a window.');
  await route.abort('aborted');
  await closePopups();
}

function firstWindow(): DoubleWindow {
  const [window] = windows;
  if (!window) throw new Error('No window is open.');
  return window;
}

onOrder('open-window', ({ url }) => firstWindow().openWindow(url));
onOrder('focus-window', ({ focused }) => firstWindow().setFocused(focused));
onOrder('close-window', () => firstWindow().closeNow());
onOrder('place-window', ({ bounds, maximized }) => firstWindow().place(bounds, maximized));
