import { loud } from '../loud.ts';
import { KnownEvents } from './emitter.ts';
import { did, onLack, onOrder } from './harness.ts';

type SchemeHandler = (request: Request) => Response | Promise<Response>;
type RequestListener = (details: { url: string }, answer: (verdict: { cancel?: boolean }) => void) => void;
type PermissionRequest = (contents: unknown, name: string, answer: (granted: boolean) => void) => void;

const schemes = new Map<string, SchemeHandler>();
const privileged = new Set<string>();
const state: {
  filter: RegExp[];
  onRequest: RequestListener | null;
  request: PermissionRequest | null;
  check: ((contents: unknown, name: string) => boolean) | null;
  device: (() => boolean) | null;
} = { filter: [], onRequest: null, request: null, check: null, device: null };

/** Answers for `app:`; null when the app has given no handler for that scheme. */
export async function answerScheme(address: string, method: string): Promise<Response | null> {
  const scheme = address.slice(0, address.indexOf(':'));
  if (!privileged.has(scheme)) throw new Error(`The scheme ${scheme}: was not registered as privileged.`);
  const handler = schemes.get(scheme);
  return handler ? handler(new Request(address, { method })) : null;
}

/** Whether the app cancels a request of the page to somewhere else. */
export function isCancelled(url: string): boolean {
  if (!state.onRequest || !state.filter.some((pattern) => pattern.test(url))) return false;
  let cancelled = false;
  state.onRequest({ url }, (verdict) => {
    cancelled = verdict.cancel === true;
  });
  return cancelled;
}

class DoubleSession extends KnownEvents {
  readonly protocol = loud<Electron.Protocol>(
    'session.protocol',
    {
      handle: (scheme: string, handler: SchemeHandler) => void schemes.set(scheme, handler),
    } as Partial<Electron.Protocol>,
    onLack,
  );
  readonly webRequest = loud<Electron.WebRequest>(
    'session.webRequest',
    {
      onBeforeRequest: (filter: { urls: string[] }, listener: RequestListener) => {
        state.filter = filter.urls.map(matchPattern);
        state.onRequest = listener;
      },
    } as unknown as Partial<Electron.WebRequest>,
    onLack,
  );

  constructor() {
    super('session', ['will-download']);
  }

  setPermissionRequestHandler(handler: PermissionRequest | null): void {
    state.request = handler;
  }

  setPermissionCheckHandler(handler: ((contents: unknown, name: string) => boolean) | null): void {
    state.check = handler;
  }

  setDevicePermissionHandler(handler: (() => boolean) | null): void {
    state.device = handler;
  }

  setSpellCheckerEnabled(enabled: boolean): void {
    did('session.setSpellCheckerEnabled', enabled);
  }
}

/** A match pattern of Chromium, such as `https://*\/*`, as a regular expression. */
function matchPattern(pattern: string): RegExp {
  return new RegExp(`^${pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace(/\*/g, '.*')}$`);
}

/** What a page gets that asks for a permission, checks it and asks for a device. Without a handler Electron grants all. */
onOrder('permission', ({ name }) => {
  let granted = state.request === null;
  state.request?.({}, name, (answer) => {
    granted = answer;
  });
  return { request: granted, check: state.check?.({}, name) ?? true, device: state.device?.() ?? true };
});

export const session = loud<typeof Electron.session>(
  'session',
  {
    defaultSession: loud<Electron.Session>(
      'session.defaultSession',
      new DoubleSession() as unknown as Partial<Electron.Session>,
      onLack,
    ),
  } as Partial<typeof Electron.session>,
  onLack,
);

export const protocol = loud<Electron.Protocol>(
  'protocol',
  {
    registerSchemesAsPrivileged(list) {
      for (const { scheme, privileges } of list) {
        if (privileges?.standard && privileges.secure && !privileges.bypassCSP) privileged.add(scheme);
      }
    },
  },
  onLack,
);
