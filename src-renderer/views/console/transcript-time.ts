/** How times are shown beside the rows. */
export const TIME_STYLES = ['clock', 'start', 'gap'] as const;
export type TimeStyle = (typeof TIME_STYLES)[number];

/** `14:03:07.125` in this computer's time zone. Microseconds since 1970 in. */
export function clockText(wallUs: number): string {
  const time = new Date(wallUs / 1000);
  const [hours, minutes, seconds] = [time.getHours(), time.getMinutes(), time.getSeconds()].map((part) => two(part));
  return `${hours}:${minutes}:${seconds}.${String(Math.floor(wallUs / 1000) % 1000).padStart(3, '0')}`;
}

/** The exact time with its date, for a hover text: `2026-01-31 14:03:07.125432`. */
export function exactText(wallUs: number): string {
  const time = new Date(wallUs / 1000);
  const date = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  return `${date} ${clockText(wallUs)}${String(Math.floor(wallUs) % 1000).padStart(3, '0')}`;
}

/** The time since the start as `0.000125 s` or `12.500 s`. Microseconds in. */
export function spanText(us: number): string {
  const seconds = us / 1e6;
  if (seconds < 1) return `${seconds.toFixed(6)} s`;
  return `${seconds.toFixed(seconds < 100 ? 3 : 1)} s`;
}

/** The time since the row before, as `+0.000125 s`. Microseconds in. */
export function gapText(us: number): string {
  return `+${spanText(us)}`;
}

/**
 * A time of day typed as `14:03`, `14:03:07` or `14:03:07.125`, on the day of `nearUs`; or a span since the start typed as
 * `+1.5`. Null when it is neither.
 */
export function readTime(text: string, nearUs: number): { wallUs: number } | { monoUs: number } | null {
  const span = /^\+\s*(\d{1,9}(?:\.\d{1,6})?)\s*s?$/.exec(text.trim());
  if (span) return { monoUs: Number(span[1]) * 1e6 };
  const clock = /^(\d{1,2}):(\d{2})(?::(\d{2})(\.\d{1,6})?)?$/.exec(text.trim());
  if (!clock) return null;
  const [hours, minutes, seconds] = [Number(clock[1]), Number(clock[2]), Number(clock[3] ?? 0)];
  if (hours > 23 || minutes > 59 || seconds > 59) return null;
  const day = new Date(nearUs / 1000);
  day.setHours(hours, minutes, seconds, 0);
  return { wallUs: day.getTime() * 1000 + Number(clock[4] ?? 0) * 1e6 };
}

function two(part: number): string {
  return String(part).padStart(2, '0');
}
