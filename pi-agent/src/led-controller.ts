import type { DriverSelection, GpioDriver } from './drivers/index.ts';
import { GpioError, refusalError } from './drivers/index.ts';
import type { RefusedDriver } from './drivers/index.ts';
import type { Activity, LedState, Level } from './led-state.ts';
import { STEADY } from './led-state.ts';
import type { MaybePromise } from './maybe-promise.ts';
import { chain, rescue } from './maybe-promise.ts';
import { Turns } from './turns.ts';

/** What a client may ask of the LED. Times are milliseconds. */
export type LedOrder =
  | { readonly kind: 'on' | 'off' | 'toggle' | 'status' }
  | { readonly kind: 'blink'; readonly phaseMs: number }
  | { readonly kind: 'pulse'; readonly onMs: number };

export interface LedControllerOptions {
  /** Tries the drivers; called at the start, and again on a later order when none worked. */
  readonly open: () => Promise<DriverSelection>;
  readonly log: (line: string) => void;
}

/** Milliseconds between two tries to take a pin that was refused. */
const RETRY_MS = 2000;
/** Milliseconds between two looks at a watched pin, to see changes made by other programs. */
const LOOK_MS = 1000;
const ENDING = 'the agent is ending and has let go of the pin';

/**
 * The one owner of the LED. Orders run one after another, whoever sent them, and each answers with the level read back.
 * ON, OFF, TOGGLE, BLINK and PULSE end a blinking or a pulse that is under way; STATUS does not.
 */
export class LedController {
  readonly #options: LedControllerOptions;
  readonly #listeners = new Set<(state: LedState) => void>();
  #driver: GpioDriver | null = null;
  #refused: readonly RefusedDriver[] = [];
  #triedAt = 0;
  #state: LedState = { number: 0, level: null, activity: STEADY };
  readonly #turns = new Turns();
  #timer: NodeJS.Timeout | undefined;
  #lookTimer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: LedControllerOptions) {
    this.#options = options;
  }

  get state(): LedState {
    return this.#state;
  }

  /** Null while no driver works. */
  get driverName(): GpioDriver['name'] | null {
    return this.#driver?.name ?? null;
  }

  get refused(): readonly RefusedDriver[] {
    return this.#refused;
  }

  /** Takes the pin and reads its level without changing it. No driver is no error: orders will say why. */
  start(): Promise<void> {
    return this.#turns.take(async () => {
      await this.#openDriver();
      if (this.#driver !== null) await this.#tryRead(this.#driver);
      this.#state = { ...this.#state, number: 0 };
    });
  }

  /** Settles when everything asked for before is done: the drivers are tried, the orders carried out. */
  settled(): Promise<void> {
    return this.#turns.settled();
  }

  /** Tells of each change until the returned function is called. While somebody listens, the pin is looked at too. */
  watch(listener: (state: LedState) => void): () => void {
    this.#listeners.add(listener);
    this.#lookTimer ??= setInterval(() => {
      this.#look();
    }, LOOK_MS);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      clearInterval(this.#lookTimer);
      this.#lookTimer = undefined;
    };
  }

  get watchers(): number {
    return this.#listeners.size;
  }

  /** Carries out one order: at once when its turn has come and the driver need not wait. Raises GpioError, or rejects with it. */
  order(order: LedOrder): MaybePromise<LedState> {
    const driver = this.#driver;
    if (driver === null || !this.#turns.free) {
      return this.#turns.take(async () => this.#carryOut(order, await this.#readyDriver()));
    }
    const done = this.#carryOut(order, driver);
    return done instanceof Promise ? this.#turns.take(() => done) : done;
  }

  /** Ends everything and releases the pin, off unless `keepLevel`. May be called again. */
  close(options: { readonly keepLevel: boolean }): Promise<void> {
    this.#closed = true;
    this.#stopActivity();
    clearInterval(this.#lookTimer);
    return this.#turns.take(async () => {
      const driver = this.#driver;
      this.#driver = null;
      await driver?.close(options);
    });
  }

  #carryOut(order: LedOrder, driver: GpioDriver): MaybePromise<LedState> {
    switch (order.kind) {
      case 'status':
        return chain(driver.read(), (level) => this.#publish(level, this.#state.activity));
      case 'on':
        return this.#set(driver, 1, STEADY);
      case 'off':
        return this.#set(driver, 0, STEADY);
      case 'toggle':
        return chain(driver.read(), (level) => this.#set(driver, level === 1 ? 0 : 1, STEADY));
      case 'blink':
        return this.#set(driver, 1, { kind: 'blink', phaseMs: order.phaseMs });
      case 'pulse':
        return this.#set(driver, 1, { kind: 'pulse', onMs: order.onMs });
    }
  }

  #set(driver: GpioDriver, wanted: Level, activity: Activity): MaybePromise<LedState> {
    this.#stopActivity();
    return chain(this.#write(driver, wanted), (level) => {
      const state = this.#publish(level, activity);
      if (activity.kind === 'blink') this.#flipAfter(activity.phaseMs);
      if (activity.kind === 'pulse') this.#endAfter(activity.onMs);
      return state;
    });
  }

  /** Writes and reads back. A pin that cannot be written is let go, so that a later order takes it anew. */
  #write(driver: GpioDriver, level: Level): MaybePromise<Level> {
    return rescue(
      () => chain(driver.write(level), () => driver.read()),
      async (thrown) => {
        this.#publish(null, STEADY);
        await this.#letGo(driver, thrown as GpioError);
        throw thrown;
      },
    );
  }

  async #letGo(driver: GpioDriver, error: GpioError): Promise<void> {
    this.#options.log(`${driver.name}: ${error.message}`);
    this.#driver = null;
    this.#refused = [{ name: driver.name, error }];
    this.#triedAt = Date.now();
    try {
      await driver.close({ keepLevel: true });
    } catch (thrown) {
      this.#options.log(`${driver.name} could not be released: ${String(thrown)}`);
    }
  }

  #flipAfter(phaseMs: number, due = Date.now() + phaseMs): void {
    this.#later(due, async (driver) => {
      const next = this.#state.level === 1 ? 0 : 1;
      this.#publish(await this.#write(driver, next), this.#state.activity);
      // Counted from when the flip was due, so that the rate holds over time.
      this.#flipAfter(phaseMs, Math.max(due + phaseMs, Date.now()));
    });
  }

  #endAfter(onMs: number): void {
    this.#later(Date.now() + onMs, async (driver) => {
      this.#publish(await this.#write(driver, 0), STEADY);
    });
  }

  /** Runs the next step of the activity in turn, unless the activity was ended or replaced meanwhile. */
  #later(due: number, step: (driver: GpioDriver) => Promise<void>): void {
    const timer = setTimeout(
      () => {
        this.#turns
          .take(async () => {
            if (this.#timer !== timer || this.#driver === null) return;
            await step(this.#driver);
          })
          .catch((thrown: unknown) => {
            this.#options.log(`the LED stopped: ${String(thrown)}`);
          });
      },
      Math.max(0, due - Date.now()),
    );
    this.#timer = timer;
  }

  #stopActivity(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    // The other drivers run a program to read, or are alone with their pin.
    if (this.#driver?.name !== 'onoff' || this.#closed) return;
    this.#turns
      .take(async () => {
        if (this.#driver !== null) await this.#tryRead(this.#driver);
      })
      .catch((thrown: unknown) => {
        this.#options.log(`the pin could not be looked at: ${String(thrown)}`);
      });
  }

  async #tryRead(driver: GpioDriver): Promise<void> {
    try {
      this.#publish(await driver.read(), this.#state.activity);
    } catch (thrown) {
      if (this.#state.level !== null) this.#options.log(`${driver.name}: ${String(thrown)}`);
      this.#publish(null, this.#state.activity);
    }
  }

  async #readyDriver(): Promise<GpioDriver> {
    if (this.#driver === null && !this.#closed && Date.now() - this.#triedAt >= RETRY_MS) await this.#openDriver();
    if (this.#driver === null) throw this.#closed ? new GpioError('gpio-failed', ENDING) : refusalError(this.#refused);
    return this.#driver;
  }

  async #openDriver(): Promise<void> {
    const { driver, refused } = await this.#options.open();
    this.#driver = driver;
    this.#refused = refused;
    this.#triedAt = Date.now();
  }

  #publish(level: Level | null, activity: Activity): LedState {
    const before = this.#state;
    if (before.level === level && sameActivity(before.activity, activity)) return before;
    this.#state = { number: before.number + 1, level, activity };
    for (const listener of this.#listeners) listener(this.#state);
    return this.#state;
  }
}

function sameActivity(one: Activity, other: Activity): boolean {
  if (one.kind === 'blink') return other.kind === 'blink' && one.phaseMs === other.phaseMs;
  if (one.kind === 'pulse') return other.kind === 'pulse' && one.onMs === other.onMs;
  return other.kind === 'steady';
}
