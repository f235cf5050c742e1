import { PRACTICE_DEVICE_ID } from '../devices/index.ts';
import type { TargetLookup } from '../target/target.ts';
import { collectNetwork, sampleCounters, type ScriptPlaces } from './collect/collector.ts';
import { explainText, type Explanation } from './explain/explain.ts';
import { readWithoutShell, sampleWithoutShell } from './here/windows.ts';
import type { NetworkSnapshot } from './model/model.ts';
import type { CounterSample } from './model/rates.ts';

export interface NetworkServiceOptions {
  readonly targets: TargetLookup;
  /** Where the scripts look; only tests set it. */
  readonly places?: ScriptPlaces;
  readonly platform?: NodeJS.Platform;
}

/** Reads networks: of the devices one is signed in to, of this computer, and of pasted text. */
export class NetworkService {
  readonly #targets: TargetLookup;
  readonly #places: ScriptPlaces | undefined;
  readonly #hasShell: boolean;

  constructor({ targets, places, platform = process.platform }: NetworkServiceOptions) {
    this.#targets = targets;
    this.#places = places;
    this.#hasShell = platform !== 'win32';
  }

  /** The network of a device; of this computer for null. Raises `NOT_SIGNED_IN`, `NETWORK_UNREADABLE` and what `exec` raises. */
  read(deviceId: string | null, signal?: AbortSignal): Promise<NetworkSnapshot> {
    const here = isHere(deviceId);
    if (here && !this.#hasShell) return readWithoutShell(signal);
    const target = this.#targets.get(deviceId ?? PRACTICE_DEVICE_ID);
    return collectNetwork(target, { about: here ? 'this-computer' : 'device', signal, places: this.#places });
  }

  /** The counters of every interface now, on the machine's own clock. Raises like `read`. */
  sample(deviceId: string | null, signal?: AbortSignal): Promise<CounterSample> {
    if (isHere(deviceId) && !this.#hasShell) return sampleWithoutShell(signal);
    return sampleCounters(this.#targets.get(deviceId ?? PRACTICE_DEVICE_ID), { signal, places: this.#places });
  }

  /** The network pasted text tells of. Raises `NOTHING_TO_EXPLAIN`. */
  explain(text: string): Explanation {
    return explainText(text);
  }
}

const isHere = (deviceId: string | null): boolean => deviceId === null || deviceId === PRACTICE_DEVICE_ID;
