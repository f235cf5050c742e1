import * as v from 'valibot';
import type { JsonFile } from '../storage/index.ts';
import { RECORD_TYPES, type LookupReport } from './answer.ts';

const MAX_ENTRIES = 50;

export const historySchema = v.array(
  v.object({
    name: v.string(),
    types: v.array(v.picklist(RECORD_TYPES)),
    /** Milliseconds since the epoch. */
    askedAt: v.number(),
    outcome: v.string(),
    summary: v.string(),
  }),
);

/** What was looked up, newest first; the same question again replaces the older entry. */
export type HistoryEntry = v.InferOutput<typeof historySchema>[number];

export class DnsHistory {
  readonly #file: JsonFile<typeof historySchema>;

  constructor(file: JsonFile<typeof historySchema>) {
    this.#file = file;
  }

  list(): Promise<readonly HistoryEntry[]> {
    return this.#file.read();
  }

  async add({ name, types, askedAt, outcome, summary }: LookupReport): Promise<void> {
    await this.#file.change((entries) => {
      const others = entries.filter((one) => one.name !== name || one.types.join() !== types.join());
      return [{ name, types: [...types], askedAt, outcome, summary }, ...others].slice(0, MAX_ENTRIES);
    });
  }

  async clear(): Promise<void> {
    await this.#file.write([]);
  }
}
