import type { Level } from '../led-state.ts';
import type { ErrorCode } from '../replies.ts';

export const DRIVER_NAMES = ['onoff', 'gpiod', 'pinctrl', 'simulated'] as const;
export type DriverName = (typeof DRIVER_NAMES)[number];

export type GpioErrorCode = Extract<
  ErrorCode,
  'no-gpio' | 'pin-busy' | 'pin-invalid' | 'not-permitted' | 'gpio-failed'
>;

/** Why a pin cannot be used, with a sentence for the person who wired it. */
export class GpioError extends Error {
  readonly code: GpioErrorCode;

  constructor(code: GpioErrorCode, sentence: string, cause?: unknown) {
    super(sentence, { cause });
    this.name = 'GpioError';
    this.code = code;
  }
}

/** One pin, held as an output. Calls are made one after another, never at once. */
export interface GpioDriver {
  readonly name: DriverName;
  /** The level that the pin has now. Raises GpioError `gpio-failed` when it cannot be told. */
  read(): Level | Promise<Level>;
  write(level: Level): void | Promise<void>;
  /** Releases the pin; switches it off first unless `keepLevel`. May be called again. */
  close(options: { readonly keepLevel: boolean }): void | Promise<void>;
}

/** What every driver needs to know. */
export interface DriverContext {
  readonly bcm: number;
  /** For messages: `pi`. */
  readonly userName: string;
  readonly log: (line: string) => void;
  /** Waits; replaced in tests. */
  readonly sleep: (milliseconds: number) => Promise<void>;
}

/** Takes the pin, or raises GpioError saying why it cannot. */
export type OpenDriver = (context: DriverContext) => Promise<GpioDriver>;

export const HEADER_CONTROLLERS = ['pinctrl-bcm2835', 'pinctrl-bcm2711', 'pinctrl-rp1'] as const;

/** True when a GPIO chip with this label drives the 40-pin header. */
export function isHeaderController(label: string): boolean {
  return HEADER_CONTROLLERS.some((known) => known === label.trim());
}

/** How to let a user use the pins, as part of a sentence. */
export function gpioGroupAdvice(userName: string): string {
  return `the user ${userName} needs to be in the group gpio: sudo usermod -aG gpio ${userName}`;
}

/** The `code` of a system error such as EBUSY, or an empty text. */
export function systemCode(thrown: unknown): string {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return '';
  return typeof thrown.code === 'string' ? thrown.code : '';
}
