import * as v from 'valibot';
import type { AgentAccess } from '../led/index.ts';
import { normalFolder } from './folder.ts';

/** How the agent drives the LED. `simulated` only ever comes from a person's choice. */
export type LedDriver = 'auto' | 'onoff' | 'gpiod' | 'pinctrl' | 'simulated';

export const LED_DRIVERS: readonly LedDriver[] = ['auto', 'onoff', 'gpiod', 'pinctrl', 'simulated'];
export const ACCESS_MODES: readonly AgentAccess[] = ['ssh-only', 'local', 'token', 'anyone'];

/** What the agent is told when it starts. */
export interface AgentSettings {
  /** The LED's pin as a BCM (GPIO) number. */
  readonly bcm: number;
  readonly ledPort: number;
  readonly echoPort: number;
  readonly access: AgentAccess;
  readonly driver: LedDriver;
  /** Leave the LED as it is when the agent ends, instead of switching it off. */
  readonly keepLevelOnExit: boolean;
}

const port = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535));

export const settingsSchema = v.object({
  bcm: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(27)),
  ledPort: port,
  echoPort: port,
  access: v.picklist(['ssh-only', 'local', 'token', 'anyone']),
  driver: v.picklist(['auto', 'onoff', 'gpiod', 'pinctrl', 'simulated']),
  keepLevelOnExit: v.boolean(),
});

/** What keeps the agent running: a systemd unit of the system or of the user, or a process of our own. */
export type ServiceKind = 'system' | 'user' | 'plain';
export type SystemdKind = Exclude<ServiceKind, 'plain'>;

export interface DeployOptions {
  readonly settings: AgentSettings;
  /** `auto` takes the first that fits: system, user, plain; `no-root` leaves out the first. */
  readonly service: 'auto' | 'no-root' | ServiceKind;
  /** Let apt install the system's own Node where none runs and none can be brought; only ever a person's choice. */
  readonly installNode: boolean;
  /** Where the agent lives on the device; `~/` stands for the home folder. */
  readonly folder: string;
}

export const optionsSchema = v.object({
  settings: settingsSchema,
  service: v.picklist(['auto', 'no-root', 'system', 'user', 'plain']),
  installNode: v.optional(v.boolean(), false),
  folder: v.pipe(v.string(), v.minLength(1), v.maxLength(1000), v.transform(normalFolder)),
});

/** Header pin 13 as the course wires it, ports 1234 and 1235, reachable from the Pi's own networks. */
export const DEFAULT_SETTINGS: AgentSettings = {
  bcm: 27,
  ledPort: 1234,
  echoPort: 1235,
  access: 'local',
  driver: 'auto',
  keepLevelOnExit: false,
};

export const DEFAULT_OPTIONS: DeployOptions = {
  settings: DEFAULT_SETTINGS,
  service: 'auto',
  installNode: false,
  folder: '~/.local/share/pi-workbench',
};

/**
 * The practice device has a simulated LED, keeps the agent's files with the app's own, and lets in nobody from outside
 * this computer.
 */
export function practiceOptions(folder: string): DeployOptions {
  const settings: AgentSettings = { ...DEFAULT_SETTINGS, access: 'ssh-only', driver: 'simulated' };
  return { settings, service: 'plain', installNode: false, folder };
}

/** The lowest Node the bundled agent runs on. */
export const LOWEST_NODE = 18;
