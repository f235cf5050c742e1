import type { DescribeContext } from './describe.ts';
import { compareDevices, describeGroup } from './describe.ts';
import { groupSightings } from './merge.ts';
import type { FoundDevice, Sighting, SourceName } from './model.ts';

/**
 * All sightings of all sources, and the machines they make. Ids stay with a machine: it keeps the oldest id that any of its
 * sightings had before.
 */
export class FoundDevices {
  readonly #bySource = new Map<SourceName, ReadonlyMap<string, Sighting>>();
  readonly #ids = new Map<string, number>();
  #lastId = 0;

  /** Replaces everything a source knows. */
  set(source: SourceName, sightings: readonly Sighting[]): void {
    this.#bySource.set(source, new Map(sightings.map((sighting) => [sighting.key, sighting])));
  }

  /** Adds or replaces one sighting. */
  add(sighting: Sighting): void {
    const known = new Map(this.#bySource.get(sighting.source));
    known.set(sighting.key, sighting);
    this.#bySource.set(sighting.source, known);
  }

  of(source: SourceName): readonly Sighting[] {
    return [...(this.#bySource.get(source)?.values() ?? [])];
  }

  list(context: DescribeContext): readonly FoundDevice[] {
    const sightings = [...this.#bySource.values()].flatMap((known) => [...known.values()]);
    const taken = new Set<number>();
    const devices = groupSightings(sightings).flatMap((group): FoundDevice[] => {
      const id = this.#idOf(group, taken);
      const described = describeGroup(group, context);
      return described === null ? [] : [{ id: `found-${id}`, ...described }];
    });
    return devices.toSorted(compareDevices);
  }

  #idOf(group: readonly Sighting[], taken: Set<number>): number {
    const keys = group.map(({ source, key }) => `${source} ${key}`);
    const earlier = keys.flatMap((key) => this.#ids.get(key) ?? []).filter((id) => !taken.has(id));
    const id = earlier.length > 0 ? Math.min(...earlier) : (this.#lastId += 1);
    taken.add(id);
    for (const key of keys) this.#ids.set(key, id);
    return id;
  }
}
