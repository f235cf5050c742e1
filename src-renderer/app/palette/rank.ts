/** Which commands fit what was typed, the best first. Pure. */

export interface Searchable {
  readonly label: string;
  /** Said beside the label; searched too. */
  readonly detail?: string;
  /** Other words people use for it. */
  readonly keywords?: readonly string[];
}

const WORD_START = 3;
const INSIDE = 1;
const IN_LABEL = 4;

/** The items in which every word of the query is found, best first; all of them, in their order, for an empty query. */
export function rank<T extends Searchable>(items: readonly T[], query: string): readonly T[] {
  const words = plain(query).split(/\s+/).filter(Boolean);
  if (words.length === 0) return items;
  return items
    .map((item, place) => ({ item, place, score: scoreOf(item, words) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || a.place - b.place)
    .map(({ item }) => item);
}

function scoreOf(item: Searchable, words: readonly string[]): number {
  const label = plain(item.label);
  const rest = plain([item.detail ?? '', ...(item.keywords ?? [])].join(' '));
  const scores = words.map((word) => wordScore(label, word) * IN_LABEL || wordScore(rest, word));
  if (scores.includes(0)) return 0;
  const whole = label.startsWith(words.join(' ')) ? IN_LABEL * WORD_START : 0;
  return whole + scores.reduce((sum, score) => sum + score, 0);
}

function wordScore(text: string, word: string): number {
  const at = text.indexOf(word);
  if (at === -1) return 0;
  const starts = at === 0 || new RegExp(`[^\\p{L}\\p{N}]${escaped(word)}`, 'u').test(text);
  return starts ? WORD_START : INSIDE;
}

/** Lower case and without accents, so that `cafe` finds `Café`. */
function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().trim();
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
