import { AppError } from '../../errors/index.ts';

/** Bytes as a person reads them: `3.2 MB`. */
export function readableSize(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  if (bytes < 1_000_000) return `${Math.round(bytes / 1000)} kB`;
  if (bytes < 1_000_000_000) return `${(bytes / 1_000_000).toFixed(1)} MB`;
  return `${(bytes / 1_000_000_000).toFixed(1)} GB`;
}

/** The disk ran full; a number is null where it cannot be told. */
export function diskFull(
  where: string,
  neededBytes: number | null,
  freeBytes: number | null,
  cause?: unknown,
): AppError {
  const needed = neededBytes === null ? [] : [`${readableSize(neededBytes)} needed`];
  const free = freeBytes === null ? [] : [`${readableSize(freeBytes)} free`];
  const numbers = [...needed, ...free].join(', ');
  return new AppError('DISK_FULL', `The disk is full on ${where}${numbers === '' ? '' : `: ${numbers}`}.`, {
    hint: 'Delete what is not needed there ("sudo apt clean" often helps) and try again.',
    cause,
    details: { neededBytes, freeBytes },
  });
}

/** Whether what a program or a server said means that the disk is full, or the user's share of it (ENOSPC, EDQUOT). */
export function saysDiskFull(text: string): boolean {
  return /no space|quota|disk full/i.test(text);
}

export function uploadStalled(file: string, sentBytes: number, totalBytes: number, stallMs: number): AppError {
  const progress = `${readableSize(sentBytes)} of ${readableSize(totalBytes)}`;
  return new AppError('UPLOAD_STALLED', `The upload stood still for ${stallMs / 1000} s after ${progress}.`, {
    hint: 'The network is slow or was cut. Nothing was changed on the device; try again.',
    details: { file, sentBytes, totalBytes },
  });
}

export function uploadMismatch(file: string, expected: string, found: string): AppError {
  return new AppError('UPLOAD_MISMATCH', `The copy of ${file} on the device differs from what was sent.`, {
    hint: 'Nothing was changed. Try again; if it happens twice, the SD card may be failing.',
    details: { file, expected, found },
  });
}

export function uploadFailed(file: string, reason: string, cause?: unknown): AppError {
  return new AppError('UPLOAD_FAILED', `${file} could not be written on the device: ${reason}.`, {
    hint: 'Check that the folder exists and that this user may write there.',
    cause,
    details: { file },
  });
}
