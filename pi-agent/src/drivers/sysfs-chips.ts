/** GPIO chips as the kernel shows them in `/sys/class/gpio` (Documentation/admin-guide/gpio/sysfs.rst). */
import type { SysfsFiles } from './sysfs-files.ts';
import { GpioError, isHeaderController, systemCode } from './driver.ts';

export interface SysfsChip {
  /** Folder name, such as `gpiochip512`. Its number means nothing. */
  readonly name: string;
  readonly label: string;
  /** Number of the chip's first line in this kernel's numbering: 0, 512, 569, 571 and others were seen. */
  readonly base: number;
  readonly lines: number;
}

/** Reads every chip; one that cannot be read is left out. Raises `no-gpio` or `not-permitted` when there is nothing. */
export async function readChips(files: SysfsFiles, root: string): Promise<SysfsChip[]> {
  const names = await listRoot(files, root);
  const chips: SysfsChip[] = [];
  for (const name of names.filter((entry) => /^gpiochip\d+$/.test(entry))) {
    const chip = await readChip(files, `${root}/${name}`, name);
    if (chip !== null) chips.push(chip);
  }
  return chips;
}

async function listRoot(files: SysfsFiles, root: string): Promise<string[]> {
  try {
    return await files.list(root);
  } catch (thrown) {
    if (systemCode(thrown) === 'EACCES') throw new GpioError('not-permitted', `${root} may not be read`, thrown);
    throw new GpioError('no-gpio', `there is no ${root} on this system`, thrown);
  }
}

async function readChip(files: SysfsFiles, folder: string, name: string): Promise<SysfsChip | null> {
  try {
    const label = (await files.read(`${folder}/label`)).trim();
    const base = Number((await files.read(`${folder}/base`)).trim());
    const lines = Number((await files.read(`${folder}/ngpio`)).trim());
    return Number.isInteger(base) && Number.isInteger(lines) ? { name, label, base, lines } : null;
  } catch {
    // A chip that went away while being read, or half of one, is not the header's.
    return null;
  }
}

/**
 * The kernel's number of a header pin: its BCM number plus the base of the header controller, found by label, never by
 * number or order (fivdi/onoff#200, raspberrypi/linux#6144). Raises `no-gpio` or `pin-invalid`.
 */
export function kernelNumber(chips: readonly SysfsChip[], bcm: number): number {
  const chip = chips.find((candidate) => isHeaderController(candidate.label));
  if (chip === undefined) {
    const found = chips.map(({ label }) => label).join(', ') || 'none';
    throw new GpioError('no-gpio', `no chip here drives the 40-pin header (chips found: ${found})`);
  }
  if (bcm >= chip.lines) {
    throw new GpioError('pin-invalid', `GPIO${bcm} does not exist: ${chip.label} has ${chip.lines} lines`);
  }
  return chip.base + bcm;
}
