import { BrowserWindow, nativeTheme, screen } from 'electron';
import type { PlaceStore } from './place-store.ts';
import { placeWindow, smallestWindow, type WindowPlace } from './window-place.ts';

/** The page's canvas, `--color-canvas` of its tokens, so that nothing flashes before it paints. */
const canvas = { light: '#f6f6f8', dark: '#121216' } as const;

export interface WindowOptions {
  /** Absolute path of the built preload. */
  readonly preload: string;
  readonly places: PlaceStore;
}

/** Makes the app's window, sandboxed and isolated, where it was last; it shows once its page can be painted. */
export function makeWindow({ preload, places }: WindowOptions): BrowserWindow {
  const window = new BrowserWindow({
    ...placeWindow(
      places.last,
      screen.getAllDisplays().map((display) => display.workArea),
    ),
    minWidth: smallestWindow.width,
    minHeight: smallestWindow.height,
    title: 'Pi Workbench',
    show: false,
    backgroundColor: nativeTheme.shouldUseDarkColors ? canvas.dark : canvas.light,
    webPreferences: {
      preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInSubFrames: false,
      nodeIntegrationInWorker: false,
      webSecurity: true,
      webviewTag: false,
      spellcheck: false,
    },
  });
  if (places.last?.maximized) window.maximize();
  window.once('ready-to-show', () => window.show());
  followPlace(window, places);
  return window;
}

/** Keeps where the window is after each change, since a crash gives no chance to. */
function followPlace(window: BrowserWindow, places: PlaceStore): void {
  const keep = (): void => {
    if (!window.isMinimized() && !window.isFullScreen()) places.keep(placeOf(window));
  };
  window.on('resize', keep);
  window.on('move', keep);
  window.on('maximize', keep);
  window.on('unmaximize', keep);
  window.on('close', keep);
}

/** A maximized window keeps the place it returns to. */
function placeOf(window: BrowserWindow): WindowPlace {
  return { ...window.getNormalBounds(), maximized: window.isMaximized() };
}
