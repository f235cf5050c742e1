import { randomBytes } from 'node:crypto';
import { AppError } from '../../errors/index.ts';
import type { Command, ExecOptions, ExecResult } from '../../target/target.ts';
import type { NetworkSnapshot, SnapshotSubject } from '../model/model.ts';
import type { CounterSample } from '../model/rates.ts';
import { assemble } from './assemble.ts';
import { assembleSample } from './assemble-sample.ts';
import { collectScript, sampleScript, type ScriptOptions } from './script.ts';
import { readSections, type Sections } from './sections.ts';

/** What can run a script: a target, or anything that looks like one. */
export interface ScriptRunner {
  exec(command: Command, options?: ExecOptions): Promise<ExecResult>;
}

/** Where the script looks for tools and files; only tests set it. */
export type ScriptPlaces = Omit<ScriptOptions, 'marker'>;

export interface CollectOptions {
  readonly about: SnapshotSubject;
  readonly signal?: AbortSignal;
  readonly places?: ScriptPlaces;
}

/** The slowest Pi answers in two seconds; tools that wait for a service get five each. */
const COLLECT_TIMEOUT_MS = 45_000;
const SAMPLE_TIMEOUT_MS = 10_000;

/**
 * Reads a machine's whole network in one round trip. Raises what `exec` raises, and `NETWORK_UNREADABLE` when the machine
 * printed no interface at all.
 */
export async function collectNetwork(runner: ScriptRunner, options: CollectOptions): Promise<NetworkSnapshot> {
  const sections = await runScript(runner, collectScript, COLLECT_TIMEOUT_MS, options);
  const snapshot = assemble(sections, options.about, Date.now());
  if (snapshot.interfaces.length > 0) return snapshot;
  throw new AppError('NETWORK_UNREADABLE', 'The device told nothing about its network.', {
    hint: 'Neither ip nor ifconfig answered there, and /sys/class/net could not be read. Is it a Linux system?',
  });
}

/** Reads the counters only, for live rates. Raises what `exec` raises. */
export async function sampleCounters(
  runner: ScriptRunner,
  options: Omit<CollectOptions, 'about'> = {},
): Promise<CounterSample> {
  const sections = await runScript(runner, sampleScript, SAMPLE_TIMEOUT_MS, options);
  return assembleSample(sections, performance.now() / 1000);
}

async function runScript(
  runner: ScriptRunner,
  script: (options: ScriptOptions) => string,
  timeoutMs: number,
  { signal, places }: Omit<CollectOptions, 'about'>,
): Promise<Sections> {
  const marker = `#${randomBytes(12).toString('hex')}#`;
  const { stdout } = await runner.exec({ script: script({ marker, ...places }) }, { signal, timeoutMs });
  return readSections(stdout, marker);
}
