import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import type { Level } from '../led-state.ts';
import { GpioError } from './driver.ts';

/** Set in each holder's environment, so that one left by a crashed agent can be told and ended. */
export const HOLDER_MARK = 'LED_AGENT_HOLDER_OF';

/** Milliseconds without an end or a banner after which a holder counts as holding. Version 1 prints no banner. */
const SETTLED_MS = 150;
/** Milliseconds after SIGTERM until SIGKILL. */
const KILL_AFTER_MS = 500;

/** Keeps one `gpioset` running, which is what keeps the level: after it ends nothing is guaranteed (brgl/libgpiod#74). */
export class LineHolder {
  readonly #argumentsFor: (level: Level) => readonly string[];
  readonly #environment: NodeJS.ProcessEnv;
  #child: ChildProcess | null = null;
  #level: Level = 0;

  constructor(argumentsFor: (level: Level) => readonly string[], environment: NodeJS.ProcessEnv) {
    this.#argumentsFor = argumentsFor;
    this.#environment = { ...environment, LC_ALL: 'C', [HOLDER_MARK]: String(process.pid) };
  }

  /** The level held, or null when nothing is held. */
  get level(): Level | null {
    return this.#child === null ? null : this.#level;
  }

  /** Replaces the holder. Raises GpioError with the tool's own words when it does not stay. */
  async hold(level: Level): Promise<void> {
    await this.release();
    const child = spawn('gpioset', [...this.#argumentsFor(level)], {
      env: this.#environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.once('exit', () => {
      if (this.#child === child) this.#child = null;
    });
    this.#child = child;
    this.#level = level;
    const failure = await settled(child);
    if (failure === null) return;
    this.#child = null;
    throw holderError(failure);
  }

  /** Ends the holder and waits for it. */
  async release(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    await new Promise<void>((resolve) => {
      const hard = setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS);
      child.once('exit', () => {
        clearTimeout(hard);
        resolve();
      });
      child.kill('SIGTERM');
    });
  }
}

/** Null once the holder holds, otherwise what it said before it ended. */
function settled(child: ChildProcess): Promise<string | null> {
  return new Promise((resolve) => {
    let said = '';
    const quiet = setTimeout(() => {
      resolve(null);
    }, SETTLED_MS);
    const finish = (failure: string | null): void => {
      clearTimeout(quiet);
      resolve(failure);
    };
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-500);
    });
    child.stdout?.once('data', () => {
      finish(null);
    });
    child.once('error', (error) => {
      finish(error.message);
    });
    child.once('close', (code, signal) => {
      finish(said.trim() || `gpioset ended with ${signal ?? `code ${code ?? 0}`}`);
    });
  });
}

function holderError(said: string): GpioError {
  if (/busy/i.test(said)) return new GpioError('pin-busy', `the pin is in use by another program (${said})`);
  if (/permission denied/i.test(said)) return new GpioError('not-permitted', `gpioset may not use the pin (${said})`);
  return new GpioError('gpio-failed', `gpioset could not set the pin (${said})`);
}
