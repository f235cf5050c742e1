import { EventEmitter } from 'node:events';
import { onLack, onOrder } from './harness.ts';

/** An emitter that knows which events it can ever emit: listening to another fails loudly. */
export class KnownEvents extends EventEmitter {
  readonly #name: string;
  readonly #known: readonly string[];

  constructor(name: string, known: readonly string[]) {
    super();
    this.#name = name;
    this.#known = known;
    emitters.set(name, this);
  }

  override on(event: string, listener: (...args: never[]) => void): this {
    this.#check(event);
    return super.on(event, listener as (...args: unknown[]) => void);
  }

  override once(event: string, listener: (...args: never[]) => void): this {
    this.#check(event);
    return super.once(event, listener as (...args: unknown[]) => void);
  }

  #check(event: string): void {
    if (this.#known.includes(event)) return;
    onLack(`${this.#name}.on('${event}')`);
    throw new Error(`The double of Electron never emits “${event}” of ${this.#name}.`);
  }
}

/** An event that a listener may prevent. */
export class PreventableEvent<T extends object> {
  defaultPrevented = false;

  constructor(fields: T) {
    Object.assign(this, fields);
  }

  preventDefault(): void {
    this.defaultPrevented = true;
  }
}

const emitters = new Map<string, KnownEvents>();

onOrder('emit', ({ on, event, with: fields }) => {
  const emitter = emitters.get(on);
  if (!emitter) throw new Error(`There is no ${on}.`);
  const happening = new PreventableEvent(fields);
  emitter.emit(event, happening, fields);
  return happening.defaultPrevented;
});
