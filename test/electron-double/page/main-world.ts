// Runs in the page's own world before its scripts: makes what the preload's `contextBridge` exposes.
import { CALL_EVENT, EXPOSE_EVENT } from '../wire.ts';

interface Exposed {
  readonly name: string;
  readonly functions: readonly string[];
}

if (window === window.top) {
  window.addEventListener(EXPOSE_EVENT, (event) => {
    const { name, functions } = JSON.parse((event as CustomEvent<string>).detail) as Exposed;
    const api = Object.fromEntries(functions.map((one) => [one, (...args: unknown[]) => call(name, one, args)]));
    Object.defineProperty(window, name, { value: Object.freeze(api), enumerable: true });
  });
}

function call(name: string, method: string, args: readonly unknown[]): void {
  if (args.length > 0) throw new TypeError('This double of contextBridge carries no arguments.');
  window.dispatchEvent(new CustomEvent(CALL_EVENT, { detail: JSON.stringify({ name, method }) }));
}
