import { readFileSync } from 'node:fs';

/** Megabytes of memory a process has in use (`VmRSS`, proc(5)). */
export function residentMegabytes(pid: number): number {
  return inStatus(pid, 'VmRSS');
}

/** The most it ever had in use (`VmHWM`, proc(5)). */
export function mostMegabytes(pid: number): number {
  return inStatus(pid, 'VmHWM');
}

function inStatus(pid: number, field: string): number {
  return Number(new RegExp(`${field}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}
