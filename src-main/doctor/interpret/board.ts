import { bad, command, good, unknown, warning, type Finding } from '../finding.ts';

export interface PowerFacts {
  /** The number after `throttled=`, or null when it was not told. */
  readonly flags: number | null;
  /** What was printed instead, such as an error; empty when nothing can tell. */
  readonly complaint: string;
}

/** Bits of `vcgencmd get_throttled`: now, and 16 higher: since the start (Raspberry Pi documentation, config_txt). */
const UNDER_VOLTAGE = 1;
const FREQUENCY_CAPPED = 2;
const THROTTLED = 4;
const SOFT_LIMIT = 8;
const SINCE_START = 16;

const SUPPLY = 'Use the official power supply and a short, thick cable, and unplug what draws much from its USB ports.';
const COOL = 'Give it air or a heat sink.';

/** Under-voltage and throttling, now and since the start. */
export function judgePower({ flags, complaint }: PowerFacts): Finding {
  if (flags === null) {
    if (complaint === '') return unknown('Only a Raspberry Pi tells of its power; this machine does not.');
    return unknown('The power could not be asked about.', 'Put the user into the group video, then sign in again.', {
      action: command('sudo usermod -aG video "$USER"'),
      evidence: [complaint],
    });
  }
  const evidence = [`throttled=0x${flags.toString(16)}`];
  const has = (bit: number): boolean => (flags & bit) !== 0;
  const had = (bit: number): boolean => (flags & (bit << SINCE_START)) !== 0;
  if (has(UNDER_VOLTAGE)) {
    return bad('Under-voltage now: its power supply is too weak. It may crash, and its card may be damaged.', SUPPLY, {
      evidence,
    });
  }
  if (has(THROTTLED) || has(SOFT_LIMIT) || has(FREQUENCY_CAPPED)) {
    return warning('It runs slower now because it is too hot.', COOL, { evidence });
  }
  if (had(UNDER_VOLTAGE)) {
    return warning('Since its start its power was too low at times; now it is enough.', SUPPLY, { evidence });
  }
  if (had(THROTTLED) || had(SOFT_LIMIT) || had(FREQUENCY_CAPPED)) {
    return warning('Since its start it was slowed down at times because it was too hot.', COOL, { evidence });
  }
  return good('Its power was enough since the start, and it was never slowed down.', { evidence });
}

export interface DiskFacts {
  /** Of the file systems of `/` and the home folder; empty when not read. */
  readonly disks: readonly DiskUse[];
}

export interface DiskUse {
  readonly mount: string;
  readonly totalKiB: number;
  readonly freeKiB: number;
  /** Files that can still be made; null where there is no limit. */
  readonly freeFiles: number | null;
}

const FULL_KIB = 20 * 1024;
const NEARLY_FULL_KIB = 300 * 1024;
const FULL_FILES = 100;

export function judgeDisk({ disks }: DiskFacts): Finding {
  if (disks.length === 0) return unknown('The space on its disk could not be read.');
  const evidence = disks.map(
    ({ mount, freeKiB, totalKiB, freeFiles }) =>
      `${mount}: ${sizeText(freeKiB)} of ${sizeText(totalKiB)} free${freeFiles === null ? '' : `, ${freeFiles} files`}`,
  );
  const action = command('sudo apt-get clean && sudo journalctl --vacuum-size=50M');
  const advice = 'Remove what is not needed: downloads, old logs, the package cache.';
  const full = disks.find(({ freeKiB }) => freeKiB < FULL_KIB);
  if (full) {
    return bad(`The disk is full: ${sizeText(full.freeKiB)} are left on ${full.mount}.`, advice, { action, evidence });
  }
  const noFiles = disks.find(({ freeFiles }) => freeFiles !== null && freeFiles < FULL_FILES);
  if (noFiles) {
    return bad(`No more files can be made on ${noFiles.mount}, although there is space.`, advice, { action, evidence });
  }
  const nearly = disks.find(({ freeKiB, totalKiB }) => freeKiB < Math.min(NEARLY_FULL_KIB, totalKiB / 10));
  if (nearly) {
    return warning(`The disk is nearly full: ${sizeText(nearly.freeKiB)} are left on ${nearly.mount}.`, advice, {
      action,
      evidence,
    });
  }
  const [first] = disks;
  return good(`${sizeText(first?.freeKiB ?? 0)} are free on its disk.`, { evidence });
}

function sizeText(kib: number): string {
  if (kib >= 1024 * 1024) return `${(kib / 1024 / 1024).toFixed(1)} GiB`;
  return kib >= 1024 ? `${Math.round(kib / 1024)} MiB` : `${kib} KiB`;
}

export interface CardFacts {
  /** The options `/` is mounted with, such as `rw,noatime`; null when not read. */
  readonly rootOptions: string | null;
  /** `overlay` where the card is kept unchanged on purpose. */
  readonly rootType: string;
  /** Whether a file could be made in the home folder; null when not tried. */
  readonly writable: boolean | null;
  readonly writeError: string;
  /** Lines of the kernel's log about the card or its file system. */
  readonly kernelErrors: readonly string[];
}

export function judgeCard(facts: CardFacts): Finding {
  const { rootOptions, rootType, writable, writeError, kernelErrors } = facts;
  if (rootOptions === null && writable === null) return unknown('Whether its card can be written was not told.');
  const evidence = [
    ...(rootOptions === null ? [] : [`/ is ${rootType} ${rootOptions}`]),
    ...(writeError === '' ? [] : [writeError]),
    ...kernelErrors,
  ];
  const readOnly = rootOptions?.split(',').includes('ro') ?? false;
  if (readOnly || /read-only file system/i.test(writeError)) {
    return bad(
      'The SD card is read-only: nothing can be saved or deployed.',
      'Linux does that when the card fails or was not shut down well. Start the Pi anew; when it comes back, copy your files and write a new card.',
      { action: command('sudo reboot'), evidence },
    );
  }
  if (writable === false && !/no space left/i.test(writeError)) {
    return bad('Nothing can be written to the home folder.', 'Check who owns it: ls -ld ~', {
      action: command('sudo chown -R "$USER": ~'),
      evidence,
    });
  }
  if (kernelErrors.length > 0) {
    return warning(
      'The kernel reports errors of the card or its file system.',
      'Copy your files soon and write a new card.',
      { evidence },
    );
  }
  if (rootType === 'overlay') {
    return warning(
      'The card is kept unchanged on purpose (overlay): what is saved is gone after the next start.',
      'Switch the overlay off before you deploy: sudo raspi-config, Performance Options.',
      { evidence },
    );
  }
  return good('A file could be written and removed again.', { evidence });
}
