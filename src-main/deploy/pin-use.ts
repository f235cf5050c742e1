import { chipOfHeader, parseLineInfo } from '../../pi-agent/src/drivers/gpiod-tools.ts';
import type { TargetFacts } from './facts.ts';

/** As what our own agent holds its pin: by onoff, by libgpiod 1, by libgpiod 2. */
const OWN_CONSUMERS = ['sysfs', 'gpioset', 'led-agent'];

/** Who other than our own agent holds a pin, as `gpioinfo` names it; null when it is free or nobody can tell. */
export function foreignConsumer({ gpio, installation }: TargetFacts, bcm: number): string | null {
  const chip = chipOfHeader(gpio.gpiodetect ?? '');
  if (chip === null) return null;
  const consumer = parseLineInfo(linesOfChip(gpio.gpioinfo, chip), bcm)?.consumer ?? null;
  const isOwn = installation.current?.settings.bcm === bcm && OWN_CONSUMERS.includes(consumer ?? '');
  return isOwn ? null : consumer;
}

/** The part on one chip, under its heading: `gpiochip0 - 58 lines:`. Every chip has a line of the same number. */
function linesOfChip(gpioinfo: string, chip: string): string {
  const parts = gpioinfo.split(/^(?=\S)/m);
  return parts.find((part) => part.startsWith(`${chip} `)) ?? '';
}

/** The agent's drivers that this account could use now, as a person calls them. */
export function usableDrivers({ gpio }: TargetFacts): readonly string[] {
  const { sysfsWritable, gpiosetVersion, devices, hasPinctrl } = gpio;
  const hasChip = devices.some(({ path, usable }) => usable && path.startsWith('/dev/gpiochip'));
  return [
    ...(sysfsWritable ? ['onoff (sysfs)'] : []),
    ...(gpiosetVersion !== null && hasChip ? ['gpiod'] : []),
    ...(hasPinctrl ? ['pinctrl'] : []),
  ];
}
