import { AppError } from '../../errors/index.ts';

/** Sections of the collector's output by name. */
export class Sections {
  readonly #byName: ReadonlyMap<string, { readonly text: string; readonly status: number }>;

  constructor(byName: ReadonlyMap<string, { readonly text: string; readonly status: number }>) {
    this.#byName = byName;
  }

  /** What a section printed, or null when it is absent, its tool failed, or it printed nothing but blanks. */
  text(name: string): string | null {
    const section = this.#byName.get(name);
    return !section || section.status !== 0 || section.text.trim() === '' ? null : section.text;
  }

  /** True when the tool was there and ended well, whether or not it printed anything. */
  ran(name: string): boolean {
    return this.#byName.get(name)?.status === 0;
  }

  /** Like `text`, also of a tool that ended with an error after printing something. */
  anyText(name: string): string | null {
    const text = this.#byName.get(name)?.text ?? '';
    return text.trim() === '' ? null : text;
  }
}

/**
 * Takes the sections out of what a shell printed. Everything outside the markers is noise of start-up files. Raises
 * `NETWORK_UNREADABLE` when the closing marker is missing, so that half an answer is never taken for a whole one.
 */
export function readSections(output: string, marker: string): Sections {
  const found = new Map<string, { text: string; status: number }>();
  let open: { name: string; lines: string[] } | null = null;
  let done = false;
  for (const line of output.replaceAll('\r\n', '\n').split('\n')) {
    if (!line.startsWith(marker)) {
      open?.lines.push(line);
      continue;
    }
    const [word, value = ''] = line.slice(marker.length).trim().split(' ');
    if (word === 'begin') open = { name: value, lines: [] };
    else if (word === 'end' && open) {
      // The marker starts a line of its own, so one line end before it belongs to the marker.
      found.set(open.name, { text: open.lines.join('\n'), status: Number(value) });
      open = null;
    } else if (word === 'done') done = true;
  }
  if (!done) {
    throw new AppError('NETWORK_UNREADABLE', 'The device did not finish telling its network.', {
      hint: 'Try again. If it keeps happening, sign in with a terminal and run “ip addr” there.',
      cause: output.slice(-400),
    });
  }
  return new Sections(found);
}
