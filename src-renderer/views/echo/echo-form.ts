import { DEFAULT_ECHO_OPTIONS, ECHO_LIMITS } from '../../../src-main/api/echo.ts';
import type { EchoDestination, EchoEnding, EchoOptions, EchoPattern } from '../../../src-main/api/contract/echo.ts';
import { refuseHost } from '../../../src-main/api/device-fields.ts';

/** What the form says; a number is null while what is typed is none. */
export interface EchoForm {
  host: string;
  port: number | null;
  /** The device that carries the connection over SSH; empty for a straight one. */
  via: string;
  rounds: number | null;
  size: number | null;
  intervalMs: number | null;
  inFlight: number | null;
  pattern: EchoPattern;
  text: string;
  replyTimeoutMs: number | null;
  ending: EchoEnding;
}

/** The port of the agent's echo service, as it is deployed. */
const AGENT_ECHO_PORT = 1235;

export function emptyForm(): EchoForm {
  const { viaDeviceId: _none, ...rest } = DEFAULT_ECHO_OPTIONS;
  return { host: '', port: AGENT_ECHO_PORT, via: '', ...rest };
}

/** A kind of test, to start from. */
export interface Preset {
  readonly label: string;
  readonly title: string;
  readonly values: Pick<EchoForm, 'rounds' | 'size' | 'intervalMs' | 'inFlight'>;
}

export const PRESETS: readonly Preset[] = [
  {
    label: 'Delay',
    title: 'Small messages one by one: how long is the way there and back?',
    values: { rounds: 200, size: 64, intervalMs: 10, inFlight: 1 },
  },
  {
    label: 'Throughput',
    title: 'Large messages, many on the way: how much goes through?',
    values: { rounds: 2000, size: 16_384, intervalMs: 0, inFlight: 32 },
  },
  {
    label: 'Stability',
    title: 'Five messages a second for ten minutes: does the link hold?',
    values: { rounds: 3000, size: 64, intervalMs: 200, inFlight: 1 },
  },
];

export function fillFrom(form: EchoForm, { host, port, viaDeviceId }: EchoDestination): void {
  form.host = host;
  form.port = port;
  form.via = viaDeviceId ?? '';
}

/** Why the host cannot be used, or an empty text. */
export function hostProblem(host: string): string {
  if (host.trim() === '') return 'Type the name or address of the echo server, such as raspberrypi.local.';
  return refuseHost(host) ?? '';
}

/** Why the values do not go together, or an empty text. */
export function windowProblem({ size, inFlight }: EchoForm): string {
  if (size === null || inFlight === null || size * inFlight <= ECHO_LIMITS.windowBytes) return '';
  return 'So many messages of this size would be more than 64 MiB on the way. Choose fewer, or smaller ones.';
}

/** The form as options of a run; null while a field cannot be used. */
export function optionsOf(form: EchoForm): EchoOptions | null {
  const { port, rounds, size, intervalMs, inFlight, replyTimeoutMs, via, pattern, text, ending } = form;
  if (port === null || rounds === null || size === null || intervalMs === null) return null;
  if (inFlight === null || replyTimeoutMs === null) return null;
  if (hostProblem(form.host) !== '' || windowProblem(form) !== '') return null;
  return {
    host: form.host.trim(),
    port,
    viaDeviceId: via === '' ? null : via,
    rounds,
    size,
    intervalMs,
    inFlight,
    pattern,
    text,
    replyTimeoutMs,
    ending,
  };
}
