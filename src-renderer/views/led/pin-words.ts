import type { HeaderPin } from '../../../pi-agent/src/board.ts';
import { refusalOf } from '../../../pi-agent/src/board.ts';

/** A pin's label in the drawing: its name, and in short what else sits on it. */
export function shortLabel(pin: HeaderPin): { readonly name: string; readonly also: string } {
  switch (pin.kind) {
    case 'GPIO':
      return { name: `GPIO${pin.bcm}`, also: abbreviation(pin.functions[0] ?? '') };
    case 'GND':
      return { name: 'Ground', also: '' };
    case '3V3':
      return { name: '3.3 V', also: '' };
    case '5V':
      return { name: '5 V', also: '' };
  }
}

/** `SDA1` of `I2C data (SDA1)`; a name without brackets stays. */
function abbreviation(name: string): string {
  const short = /\(([^)]+)\)/.exec(name)?.[1] ?? name;
  return name.startsWith('SPI') ? (/^SPI\d/.exec(name)?.[0] ?? '') + ` ${short}` : short;
}

/** A pin's name for screen readers. */
export function spokenName(pin: HeaderPin): string {
  if (pin.kind !== 'GPIO') return `Header pin ${pin.header}, ${shortLabel(pin).name}`;
  const also = pin.functions.length === 0 ? '' : `, also ${pin.functions.join(', ')}`;
  return `Header pin ${pin.header}, GPIO${pin.bcm}${also}`;
}

/** What a pin is for, in sentences. */
export function pinSentences(pin: HeaderPin): readonly string[] {
  if (pin.kind !== 'GPIO') return [refusalOf(pin)];
  const also =
    pin.functions.length === 0
      ? 'Nothing else uses this pin: a good choice for an LED.'
      : `Also used for: ${pin.functions.join(', ')}.`;
  return pin.caution === '' ? [also] : [also, pin.caution];
}
