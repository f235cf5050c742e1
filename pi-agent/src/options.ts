import { parseArgs } from 'node:util';
import type { AccessMode } from './access.ts';
import { ACCESS_MODES, defaultHost } from './access.ts';
import type { GpioPin } from './board.ts';
import { parsePin } from './board.ts';
import type { DriverChoice } from './drivers/index.ts';
import { DRIVER_NAMES } from './drivers/index.ts';
import { DEFAULT_IDLE_SECONDS } from './limits.ts';
import { VERSION } from './version.ts';

/** A command line that cannot be used, with a sentence that names the option and the value. */
export class UsageError extends Error {}

export interface CommandLine {
  readonly port: number;
  readonly echoPort: number;
  readonly host: string;
  readonly pin: GpioPin;
  readonly driver: DriverChoice;
  readonly access: AccessMode;
  readonly tokenFile: string | null;
  readonly keepLevelOnExit: boolean;
  readonly idleSeconds: number;
  readonly sysfsRoot: string;
}

export const HELP = `led-agent ${VERSION}: switches one LED on a Raspberry Pi over TCP.

  node led-agent.cjs [options]

  --port N               TCP port of the LED commands (1234; 0 takes a free one)
  --echo-port N          TCP port of the echo service (1235)
  --pin PIN              GPIO27, 27 or "pin 13" (GPIO27, which is header pin 13)
  --driver NAME          auto, onoff, gpiod, pinctrl or simulated (auto)
  --access MODE          who may connect (local)
                           ssh-only  programs on this computer, so through an SSH tunnel
                           local     computers in this computer's own networks
                           token     anyone who sends AUTH with the token
                           anyone    anyone
  --token-file FILE      file with the token of --access token, mode 0600
  --host ADDRESS         address to listen on (127.0.0.1 for ssh-only, otherwise all)
  --idle-timeout N       seconds without a byte until a client is sent away (${DEFAULT_IDLE_SECONDS}; 0 means never)
  --keep-level-on-exit   leave the LED as it is at the end instead of switching it off
  --sysfs-root FOLDER    where sysfs is (/sys), for tests
  --help                 this text
  --version              the version

Ends with 0 after SIGTERM or SIGINT, 1 after an unexpected error, 2 for a wrong command line, 3 when a port is in use,
4 when a port cannot be opened otherwise, 5 when the token cannot be read.
`;

/** Reads the command line. Raises UsageError. */
export function parseCommandLine(args: readonly string[]): CommandLine | 'help' | 'version' {
  const values = parseValues(args);
  if (values.help === true) return 'help';
  if (values.version === true) return 'version';
  const access = oneOf('--access', values.access ?? 'local', ACCESS_MODES);
  const tokenFile = values['token-file'] ?? null;
  if (access === 'token' && tokenFile === null) throw new UsageError('--access token needs --token-file FILE');
  return {
    port: integer('--port', values.port ?? '1234', 65_535),
    echoPort: integer('--echo-port', values['echo-port'] ?? '1235', 65_535),
    host: values.host ?? defaultHost(access),
    pin: pinOf(values.pin ?? 'GPIO27'),
    driver: oneOf('--driver', values.driver ?? 'auto', ['auto', ...DRIVER_NAMES] as const),
    access,
    tokenFile: access === 'token' ? tokenFile : null,
    keepLevelOnExit: values['keep-level-on-exit'] ?? false,
    idleSeconds: integer('--idle-timeout', values['idle-timeout'] ?? String(DEFAULT_IDLE_SECONDS), 2_000_000),
    sysfsRoot: values['sysfs-root'] ?? '/sys',
  };
}

function parseValues(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        port: { type: 'string' },
        'echo-port': { type: 'string' },
        pin: { type: 'string' },
        driver: { type: 'string' },
        access: { type: 'string' },
        'token-file': { type: 'string' },
        host: { type: 'string' },
        'idle-timeout': { type: 'string' },
        'keep-level-on-exit': { type: 'boolean' },
        'sysfs-root': { type: 'string' },
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean', short: 'v' },
      },
    }).values;
  } catch (thrown) {
    throw new UsageError(thrown instanceof Error ? thrown.message : String(thrown));
  }
}

function integer(option: string, text: string, max: number): number {
  const value = /^\d{1,7}$/.test(text) ? Number(text) : Number.NaN;
  if (value <= max) return value;
  throw new UsageError(`${option} takes a whole number from 0 to ${max}, not "${text}"`);
}

function oneOf<const T extends string>(option: string, text: string, allowed: readonly T[]): T {
  const found = allowed.find((candidate) => candidate === text);
  if (found !== undefined) return found;
  throw new UsageError(`${option} takes ${allowed.join(', ')}, not "${text}"`);
}

function pinOf(text: string): GpioPin {
  const { pin, problem } = parsePin(text);
  if (pin !== undefined) return pin;
  throw new UsageError(`--pin: ${problem}`);
}
