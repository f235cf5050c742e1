/**
 * The command lines and answers of libgpiod's tools, versions 1 and 2, which differ (brgl/libgpiod#172): version 1 takes
 * the chip as its first argument and needs `--mode=signal` to stay, version 2 takes it after `-c` and stays by itself.
 */
import type { Level } from '../led-state.ts';
import { isHeaderController } from './driver.ts';

export type ToolsMajor = 1 | 2;

/** Shown by `gpioinfo` as the holder of the line, where the version can say so. */
const CONSUMER = 'led-agent';

/** Reads `gpioset (libgpiod) v1.6.3`; null when it is no version this agent knows. */
export function parseToolsVersion(text: string): ToolsMajor | null {
  const major = /v(\d+)\.\d+/.exec(text)?.[1];
  return major === '1' ? 1 : major === '2' ? 2 : null;
}

/** The header controller's chip in the answer of `gpiodetect`, by its label, never by its number; null without one. */
export function chipOfHeader(gpiodetect: string): string | null {
  for (const line of gpiodetect.split('\n')) {
    const match = /^(\S+) \[([^\]]*)\]/.exec(line.trim());
    if (match?.[1] !== undefined && isHeaderController(match[2] ?? '')) return match[1];
  }
  return null;
}

/** Arguments for a `gpioset` that holds the line until it is killed; the last one is `27=1`. */
export function holdArguments(major: ToolsMajor, chip: string, bcm: number, level: Level): string[] {
  const value = `${bcm}=${level}`;
  return major === 1 ? ['--mode=signal', chip, value] : ['--banner', '--consumer', CONSUMER, '-c', chip, value];
}

/** Arguments for a `gpioget` that leaves the direction as it is, which only version 2 can. */
export function readArguments(major: ToolsMajor, chip: string, bcm: number): string[] {
  return major === 1 ? [chip, String(bcm)] : ['--as-is', '--numeric', '-c', chip, String(bcm)];
}

export function infoArguments(major: ToolsMajor, chip: string): string[] {
  return major === 1 ? [chip] : ['-c', chip];
}

/** The level `gpioget` printed; null for anything else, nothing included (geekworm-com/x735-script#7). */
export function parseLevel(text: string): Level | null {
  const value = text.trim();
  return value === '1' ? 1 : value === '0' ? 0 : null;
}

export interface LineInfo {
  /** Who holds the line, or null when it is free. */
  readonly consumer: string | null;
  readonly direction: 'input' | 'output';
}

/** One line of `gpioinfo`'s answer, of either version; null when it is not there. */
export function parseLineInfo(gpioinfo: string, bcm: number): LineInfo | null {
  for (const line of gpioinfo.split('\n')) {
    const match = /^\s*line\s+(\d+):\s+(?:"[^"]*"|\S+)\s+(.*)$/.exec(line);
    if (match === null || Number(match[1]) !== bcm) continue;
    const attributes = match[2] ?? '';
    return { consumer: consumerIn(attributes), direction: /\boutput\b/.test(attributes) ? 'output' : 'input' };
  }
  return null;
}

function consumerIn(attributes: string): string | null {
  const named = /consumer="?([^"\s\]]+)/.exec(attributes)?.[1];
  if (named !== undefined) return named;
  const first = /^(?:"([^"]*)"|(\S+))\s+(?:input|output)\b/.exec(attributes);
  const holder = first?.[1] ?? first?.[2];
  if (holder !== undefined) return holder === 'unused' ? null : holder;
  return /\[used\b|\bused\b/.test(attributes) ? 'another program' : null;
}
