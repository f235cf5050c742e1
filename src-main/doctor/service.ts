import type { Device } from '../devices/index.ts';
import type { LocalResolvers } from '../dns/index.ts';
import { AppError } from '../errors/index.ts';
import type { AgentEndpointLookup } from '../led/index.ts';
import type { NetworkSnapshot } from '../network/index.ts';
import type { KnownHostsStore } from '../ssh/index.ts';
import type { TargetLookup } from '../target/target.ts';
import { Examination, type Check, type DoctorTiming } from './examination.ts';
import { bad, unknown, type Finding } from './finding.ts';
import type { AgentState } from './interpret/agent.ts';
import { reportText } from './report-text.ts';
import { conclude, type DoctorReport, type DoctorStep, type StepId } from './report.ts';

export interface DoctorServiceOptions {
  readonly devices: { get(id: string): Device };
  readonly targets: TargetLookup;
  readonly network: { read(deviceId: string | null, signal?: AbortSignal): Promise<NetworkSnapshot> };
  readonly local: LocalResolvers;
  readonly knownHosts: Pick<KnownHostsStore, 'judge' | 'typesOf'>;
  readonly signIns: { refusal(deviceId: string): AppError | null };
  readonly endpoints: Pick<AgentEndpointLookup, 'endpoint'>;
  /** Reads from the device what is installed and how it runs. */
  readonly agents: { inspect(deviceId: string, signal: AbortSignal): Promise<AgentState> };
  readonly timing?: Partial<DoctorTiming>;
}

export interface DoctorOptions {
  readonly signal?: AbortSignal;
  /** Switches the LED twice, to see whether its pin follows. */
  readonly switchLed: boolean;
  /** Called for each step at the start, when it begins and when it ends. */
  readonly onStep?: (step: DoctorStep) => void;
}

const TIMING: DoctorTiming = { connectMs: 5000, bannerMs: 8000 };

/** Goes along the chain from the name of a device to the level of its pin, and says which link is broken. */
export class DoctorService {
  readonly #options: DoctorServiceOptions;

  constructor(options: DoctorServiceOptions) {
    this.#options = options;
  }

  /** A broken link is a finding and not an error. Raises `UNKNOWN_DEVICE` and `CANCELLED`. */
  async run(deviceId: string, { signal, switchLed, onStep }: DoctorOptions): Promise<DoctorReport> {
    const { devices, targets, network, local, knownHosts, signIns, endpoints, agents, timing } = this.#options;
    const device = devices.get(deviceId);
    const stop = signal ?? new AbortController().signal;
    const examination = new Examination({
      device,
      target: targets.find(deviceId),
      local,
      knownHosts,
      refusal: signIns.refusal(deviceId),
      readNetwork: (id) => network.read(id, stop),
      agentState: () => agents.inspect(deviceId, stop),
      endpoint: () => endpoints.endpoint(deviceId),
      switchLed,
      timing: { ...TIMING, ...timing },
      signal: stop,
    });
    const [startedAt, start] = [Date.now(), performance.now()];
    try {
      const steps = await walk(examination.checks(), stop, onStep ?? (() => undefined));
      const report = { deviceId, startedAt, durationMs: performance.now() - start, steps, ...conclude(steps) };
      return { ...report, text: reportText(report, { user: device.user, label: device.label }) };
    } finally {
      examination.dispose();
    }
  }
}

async function walk(
  checks: readonly Check[],
  signal: AbortSignal,
  tell: (step: DoctorStep) => void,
): Promise<readonly DoctorStep[]> {
  const done = new Map<StepId, DoctorStep>();
  for (const check of checks) tell(stepOf(check, 'waiting'));
  for (const check of checks) {
    const blocker = check.needs.map((id) => done.get(id)).find((step) => step !== undefined && stops(step));
    let step: DoctorStep;
    if (blocker) {
      step = { ...stepOf(check, 'skipped'), text: `Not looked at: it needs “${rootOf(blocker, done, checks).title}”.` };
    } else {
      tell(stepOf(check, 'running'));
      const start = performance.now();
      const { verdict, ...found } = await look(check, signal);
      step = { ...stepOf(check, verdict), ...found, durationMs: performance.now() - start };
    }
    done.set(check.id, step);
    tell(step);
  }
  return [...done.values()];
}

/** A sign-in that is not there stops what is behind it, although it is no fault. */
const stops = ({ id, state }: DoctorStep): boolean =>
  state === 'bad' || state === 'skipped' || (id === 'sign-in' && state !== 'good');

/** The link that stopped a step, also when it stopped by way of others. */
function rootOf(step: DoctorStep, done: ReadonlyMap<StepId, DoctorStep>, checks: readonly Check[]): DoctorStep {
  if (step.state !== 'skipped') return step;
  const needs = checks.find(({ id }) => id === step.id)?.needs ?? [];
  const before = needs.map((id) => done.get(id)).find((one) => one !== undefined && stops(one));
  return before ? rootOf(before, done, checks) : step;
}

/** Errors that are a broken link themselves, and not only in the way of looking at one. */
const BROKEN = new Set(['DISCONNECTED', 'NOT_SIGNED_IN']);

/** A check that cannot be made is told as such, and the others go on. */
async function look(check: Check, signal: AbortSignal): Promise<Finding> {
  try {
    signal.throwIfAborted();
    return await check.run();
  } catch (thrown) {
    if (signal.aborted) throw AppError.from(signal.reason);
    const error = AppError.from(thrown);
    const judge = BROKEN.has(error.code) ? bad : unknown;
    return judge(error.message, error.hint || 'Run the doctor again.', { evidence: [error.code] });
  }
}

function stepOf({ id, title, from }: Check, state: DoctorStep['state']): DoctorStep {
  return { id, title, from, state, text: '', advice: '', action: null, evidence: [], durationMs: null };
}
