import { randomBytes } from 'node:crypto';
import { readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import * as v from 'valibot';
import { writeExport, type WriteExportOptions } from '../console/index.ts';
import { AppError, systemCode } from '../errors/index.ts';
import { writeAtomically } from '../storage/index.ts';
import { csvParts, type RoundData } from './csv.ts';
import type { EchoReport } from './report.ts';

const KEPT_RUNS = 40;
/** Time sent (8), round trip (4) and fate (1). */
const BYTES_PER_ROUND = 13;
export const RUN_ID = /^\d{8}T\d{6}-[0-9a-f]{6}$/;

/** What a list of runs shows of each. */
export type EchoRunSummary = Omit<EchoReport, 'histogram' | 'timeline'>;

export type CsvExportOptions = Pick<WriteExportOptions, 'path' | 'overwrite' | 'signal'>;

/** Only what this version reads is checked: a run of an older version that lacks it is left out of the list. */
const stored = v.looseObject({
  id: v.pipe(v.string(), v.regex(RUN_ID)),
  startedAt: v.number(),
  options: v.looseObject({ host: v.string(), port: v.number(), rounds: v.number(), size: v.number() }),
  counts: v.looseObject({ sent: v.number(), matched: v.number() }),
  timeline: v.looseObject({ at: v.array(v.number()) }),
});

/** Finished runs in a folder: `<id>.json` with the result, `<id>.rounds` with every single round. */
export class EchoStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** A new id that sorts by time. */
  static newId(startedAt: number): string {
    const stamp = new Date(startedAt).toISOString().replace(/[-:]|\..*$/g, '');
    return `${stamp}-${randomBytes(3).toString('hex')}`;
  }

  async save(report: EchoReport, rounds: RoundData): Promise<void> {
    const { sentAt, rtt, fate } = rounds;
    const bytes = [sentAt, rtt, fate].map((part) => Buffer.from(part.buffer, part.byteOffset, part.byteLength));
    await writeAtomically(join(this.#folder, `${report.id}.rounds`), Buffer.concat(bytes));
    await writeAtomically(join(this.#folder, `${report.id}.json`), `${JSON.stringify(report)}\n`);
    const ids = await this.#ids();
    for (const old of ids.slice(KEPT_RUNS)) await this.delete(old);
  }

  /** Newest first. */
  async list(): Promise<readonly EchoRunSummary[]> {
    const reports = await Promise.all((await this.#ids()).map((id) => this.#read(id)));
    return reports.flatMap((report) => {
      if (report === null) return [];
      const { histogram: _histogram, timeline: _timeline, ...summary } = report;
      return [summary];
    });
  }

  /** Raises `NO_SUCH_RUN`. */
  async get(id: string): Promise<EchoReport> {
    const report = RUN_ID.test(id) ? await this.#read(id) : null;
    if (report === null) throw noSuchRun();
    return report;
  }

  async delete(id: string): Promise<void> {
    if (!RUN_ID.test(id)) throw noSuchRun();
    await rm(join(this.#folder, `${id}.json`), { force: true });
    await rm(join(this.#folder, `${id}.rounds`), { force: true });
  }

  /** Every round of a run. Raises `NO_SUCH_RUN` and `RUN_DAMAGED`. */
  async rounds(id: string): Promise<RoundData> {
    const { counts } = await this.get(id);
    const count = counts.sent;
    const bytes = await this.#roundBytes(id);
    if (bytes?.length !== count * BYTES_PER_ROUND) {
      throw new AppError('RUN_DAMAGED', 'The single rounds of this run are no longer there; only its figures are.', {
        hint: 'Run the test again.',
      });
    }
    const copy = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
    return {
      sentAt: new Float64Array(copy, 0, count),
      rtt: new Float32Array(copy, 8 * count, count),
      fate: new Uint8Array(copy, 12 * count, count),
    };
  }

  /** Writes a run as CSV to a file of the user's choice; gives its size in bytes. Raises as `writeExport` does, too. */
  async exportCsv(id: string, { path, overwrite, signal }: CsvExportOptions): Promise<number> {
    const rounds = await this.rounds(id);
    return writeExport(Readable.from(csvParts(rounds)), { path, overwrite, signal, onProgress: () => undefined });
  }

  async #roundBytes(id: string): Promise<Buffer | null> {
    try {
      return await readFile(join(this.#folder, `${id}.rounds`));
    } catch (thrown) {
      if (systemCode(thrown) === 'ENOENT') return null;
      throw thrown;
    }
  }

  async #ids(): Promise<string[]> {
    try {
      const names = await readdir(this.#folder);
      const ids = names.flatMap((name) => (name.endsWith('.json') ? [name.slice(0, -'.json'.length)] : []));
      return ids.filter((id) => RUN_ID.test(id)).sort((a, b) => (a < b ? 1 : -1));
    } catch (thrown) {
      if (systemCode(thrown) === 'ENOENT') return [];
      throw thrown;
    }
  }

  /** Null for a file that is gone or cannot be understood; it stays where it is. */
  async #read(id: string): Promise<EchoReport | null> {
    try {
      const parsed: unknown = JSON.parse(await readFile(join(this.#folder, `${id}.json`), 'utf8'));
      return v.is(stored, parsed) ? (parsed as unknown as EchoReport) : null;
    } catch (thrown) {
      if (systemCode(thrown) === 'ENOENT' || thrown instanceof SyntaxError) return null;
      throw thrown;
    }
  }
}

function noSuchRun(): AppError {
  return new AppError('NO_SUCH_RUN', 'This run is no longer there.', {
    hint: 'It may have been deleted. Run the test again.',
  });
}
