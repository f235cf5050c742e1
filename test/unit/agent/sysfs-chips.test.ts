import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { kernelNumber, readChips } from '../../../pi-agent/src/drivers/sysfs-chips.ts';
import { sysfsFiles } from '../../../pi-agent/src/drivers/sysfs-files.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'led-sysfs-'));
});
afterEach(() => rm(root, { recursive: true }));

async function plug(folder: string, label: string, base: number | string, lines: number | string): Promise<void> {
  await mkdir(join(root, folder));
  await writeFile(join(root, folder, 'label'), `${label}\n`);
  await writeFile(join(root, folder, 'base'), `${base}\n`);
  await writeFile(join(root, folder, 'ngpio'), `${lines}\n`);
}

const numberOf = async (bcm: number): Promise<number> => kernelNumber(await readChips(sysfsFiles, root), bcm);

describe('the kernel number of a header pin (onoff#200, raspberrypi/linux#6084)', () => {
  test.each([
    ['a Pi 5', [['gpiochip571', 'pinctrl-rp1', 571, 54]], 588],
    ['a Pi 4 since kernel 6.6', [['gpiochip512', 'pinctrl-bcm2711', 512, 58]], 529],
    ['an older kernel', [['gpiochip0', 'pinctrl-bcm2835', 0, 54]], 17],
    [
      'a Pi 5 whose other chips come first, in number and in order',
      [
        ['gpiochip512', 'gpio-brcmstb@107d508500', 512, 32],
        ['gpiochip544', 'gpio-brcmstb@107d517c00', 544, 6],
        ['gpiochip569', 'pinctrl-rp1', 569, 54],
      ],
      586,
    ],
    [
      'an expander registered before the header',
      [
        ['gpiochip504', 'raspberrypi-exp-gpio', 504, 8],
        ['gpiochip0', 'pinctrl-bcm2711', 0, 58],
      ],
      17,
    ],
  ] as const)('on %s', async (_name, chips, right) => {
    for (const [folder, label, base, lines] of chips) await plug(folder, label, base, lines);
    expect(await numberOf(17)).toBe(right);
  });

  test.each([399, 512, 522, 569, 571])('with the base at %i', async (base) => {
    await plug(`gpiochip${base}`, 'pinctrl-bcm2711', base, 58);
    expect(await numberOf(27)).toBe(base + 27);
  });

  test('is not guessed when no chip drives the header', async () => {
    await plug('gpiochip0', 'INT34C5:00', 0, 300);
    await expect(numberOf(17)).rejects.toMatchObject({
      code: 'no-gpio',
      message: 'no chip here drives the 40-pin header (chips found: INT34C5:00)',
    });
  });

  test('is refused when the header controller has fewer lines', async () => {
    await plug('gpiochip0', 'pinctrl-bcm2835', 0, 20);
    await expect(numberOf(27)).rejects.toMatchObject({ code: 'pin-invalid' });
  });

  test('comes from a whole chip, when another one lost its files while being read', async () => {
    await mkdir(join(root, 'gpiochip1'));
    await plug('gpiochip2', 'pinctrl-bcm2711', 'none', 58);
    await plug('gpiochip512', 'pinctrl-bcm2711', 512, 58);
    expect(await numberOf(4)).toBe(516);
  });

  test('cannot be had without sysfs, and the folder is named', async () => {
    await expect(readChips(sysfsFiles, join(root, 'gone'))).rejects.toMatchObject({
      code: 'no-gpio',
      message: `there is no ${join(root, 'gone')} on this system`,
    });
  });
});
