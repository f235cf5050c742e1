import { cpus, release, totalmem } from 'node:os';
import type { BenchCase, BenchResult } from './bench-case.ts';
import type { Series } from './measure.ts';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly kernel: string;
  readonly node: string;
}

export function thisMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
  };
}

export function machineText({ cpu, cores, memoryGiB, kernel, node }: Machine): string {
  return `${cpu}, ${cores} cores, ${memoryGiB} GiB, kernel ${kernel.split('-')[0]}, Node ${node}`;
}

/** One case as Markdown, which is as readable in a terminal. */
export function caseText(bench: BenchCase, { comparisons = [], figures = [], notes = [] }: BenchResult): string {
  const parts = [`## ${bench.title}`, bench.about];
  if (comparisons.length > 0) {
    const rows = comparisons.flatMap(({ what, unit, app, peers }) =>
      peers.map((peer) => [
        what,
        `${spread(app)} ${unit}`,
        peer.name,
        `${spread(peer)} ${unit}`,
        `${peer.ratio.toFixed(2)} (${peer.ratioMin.toFixed(2)}–${peer.ratioMax.toFixed(2)})`,
      ]),
    );
    parts.push(table(['', 'app', 'peer', 'peer measured', 'ratio'], rows));
  }
  if (figures.length > 0) {
    parts.push(
      table(
        ['', 'measured'],
        figures.map(({ what, unit, series }) => [what, `${spread(series)} ${unit}`]),
      ),
    );
  }
  if (notes.length > 0) parts.push(notes.map((note) => `- ${note}`).join('\n'));
  return `${parts.join('\n\n')}\n`;
}

/** `0.045 (0.041–0.060)`, or the value alone when there is only one. */
function spread({ median, min, max, values }: Series): string {
  return values.length === 1 ? digits(median) : `${digits(median)} (${digits(min)}–${digits(max)})`;
}

function digits(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (value >= 100) return Math.round(value).toLocaleString('en');
  return value >= 10 ? value.toFixed(1) : value >= 1 ? value.toFixed(2) : value.toFixed(3);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(3, ...all.map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(head), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...rows.map(line)].join('\n');
}
