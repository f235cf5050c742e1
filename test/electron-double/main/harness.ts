/** The line to the test that started this process: what the app did, and what the test wants to happen. */
export interface DoubleOptions {
  /** DevTools endpoint of the test's browser. */
  readonly browser: string;
  /** Text of the scripts for a page: its own world's, and the preload world's without the preload. */
  readonly mainWorldScript: string;
  readonly preloadWorldScript: string;
  readonly packaged: boolean;
  readonly resourcesPath: string;
  /** What `safeStorage` finds on this Linux, and whether it can be used. */
  readonly keyStore: ReturnType<Electron.SafeStorage['getSelectedStorageBackend']>;
  readonly keyStoreRefuses: boolean;
  readonly downloadsDir: string;
}

/** Something the app asked Electron to do. `ask` is set when an answer is awaited. */
export interface Did {
  readonly what: string;
  readonly with: unknown;
  readonly ask: number | null;
}

/** What a test makes happen. */
export type Order =
  | { readonly do: 'answer'; readonly ask: number; readonly with: unknown }
  | {
      readonly do: 'emit';
      readonly on: string;
      readonly event: string;
      readonly with: Readonly<Record<string, unknown>>;
    }
  | {
      readonly do: 'message';
      readonly channel: string;
      readonly frame: string;
      readonly top: boolean;
      readonly args: readonly unknown[];
    }
  | { readonly do: 'open-window'; readonly url: string }
  | { readonly do: 'permission'; readonly name: string }
  | { readonly do: 'menu'; readonly path: readonly string[] }
  | { readonly do: 'place-window'; readonly bounds: Electron.Rectangle; readonly maximized: boolean }
  | { readonly do: 'focus-window'; readonly focused: boolean }
  | { readonly do: 'close-window' };

export type ToTest =
  | { readonly kind: 'did'; readonly did: Did }
  | { readonly kind: 'result'; readonly id: number; readonly value: unknown; readonly error: string | null };
export interface FromTest {
  readonly id: number;
  readonly order: Order;
}

export const options = JSON.parse(process.env['ELECTRON_DOUBLE'] ?? '{}') as DoubleOptions;

type OrderOf<K extends Order['do']> = Extract<Order, { do: K }>;

const waiting = new Map<number, (value: unknown) => void>();
const handlers = new Map<string, (order: never) => unknown>();
let lastAsk = 0;

/** Tells the test what the app did. */
export function did(what: string, value: unknown = null): void {
  toTest({ kind: 'did', did: { what, with: value, ask: null } });
}

/** Tells the test and waits for its answer, as a dialog waits for a person. */
export function ask(what: string, value: unknown): Promise<unknown> {
  lastAsk += 1;
  const id = lastAsk;
  toTest({ kind: 'did', did: { what, with: value, ask: id } });
  return new Promise((resolve) => waiting.set(id, resolve));
}

/** For `loud`: a member the app uses and this double lacks fails the test. */
export function onLack(what: string): void {
  did('lack', what);
}

export function onOrder<K extends Order['do']>(kind: K, take: (order: OrderOf<K>) => unknown): void {
  handlers.set(kind, take);
}

onOrder('answer', ({ ask: id, with: value }) => {
  waiting.get(id)?.(value);
  waiting.delete(id);
});

process.on('message', ({ id, order }: FromTest) => {
  const handle = handlers.get(order.do) as ((order: Order) => unknown) | undefined;
  Promise.resolve()
    .then(() => {
      if (!handle) throw new Error(`Nothing takes the order “${order.do}”.`);
      return handle(order);
    })
    .then(
      (value) => toTest({ kind: 'result', id, value: value ?? null, error: null }),
      (thrown: unknown) => toTest({ kind: 'result', id, value: null, error: String(thrown) }),
    );
});
// Waiting for orders is no reason to stay alive.
process.channel?.unref();

function toTest(message: ToTest): void {
  if (process.connected) process.send?.(message);
}
