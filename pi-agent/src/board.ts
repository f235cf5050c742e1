/**
 * The 40-pin header of every Raspberry Pi since the B+ (2014), as a table. Names of the functions follow the BCM2835 and
 * RP1 peripherals manuals. Pure data: the page draws the header from it, the agent checks pins against it.
 */

interface PinOfHeader {
  /** Position on the header, 1 to 40. Odd numbers are the row nearer the middle of the board. */
  readonly header: number;
}

/** A pin that only carries power or ground. */
export interface PowerPin extends PinOfHeader {
  readonly kind: '3V3' | '5V' | 'GND';
  readonly bcm: null;
}

/** A pin a program can switch. */
export interface GpioPin extends PinOfHeader {
  readonly kind: 'GPIO';
  /** The number the kernel and the data sheets use. */
  readonly bcm: number;
  /** What else may sit on the pin, most common first, such as `I2C data (SDA1)`; empty when nothing does. */
  readonly functions: readonly string[];
  /** Why another pin is the better choice, or empty. */
  readonly caution: string;
}

export type HeaderPin = PowerPin | GpioPin;

const power = (header: number, kind: PowerPin['kind']): PowerPin => ({ header, kind, bcm: null });

const gpio = (header: number, bcm: number, functions: readonly string[] = [], caution = ''): GpioPin => ({
  header,
  kind: 'GPIO',
  bcm,
  functions,
  caution,
});

const I2C_CAUTION = 'This pin has a fixed 1.8 kΩ pull-up to 3.3 V and is the usual I2C bus.';
const SERIAL_CAUTION = 'The serial console uses this pin when it is switched on.';
const SPI_CAUTION = 'SPI uses this pin when it is switched on.';
const EEPROM_CAUTION = 'Reserved for the identification chip of an add-on board, read at every start.';

/** Header pins 1 to 40 in order. */
export const HEADER_PINS: readonly HeaderPin[] = [
  power(1, '3V3'),
  power(2, '5V'),
  gpio(3, 2, ['I2C data (SDA1)'], I2C_CAUTION),
  power(4, '5V'),
  gpio(5, 3, ['I2C clock (SCL1)'], I2C_CAUTION),
  power(6, 'GND'),
  gpio(7, 4, ['Clock output (GPCLK0)', '1-Wire'], '1-Wire uses this pin when it is switched on.'),
  gpio(8, 14, ['Serial transmit (TXD0)'], SERIAL_CAUTION),
  power(9, 'GND'),
  gpio(10, 15, ['Serial receive (RXD0)'], SERIAL_CAUTION),
  gpio(11, 17, ['SPI1 chip select 1 (CE1)']),
  gpio(12, 18, ['PCM audio clock (PCM_CLK)', 'PWM0', 'SPI1 chip select 0 (CE0)']),
  gpio(13, 27),
  power(14, 'GND'),
  gpio(15, 22),
  gpio(16, 23),
  power(17, '3V3'),
  gpio(18, 24),
  gpio(19, 10, ['SPI0 data out (MOSI)'], SPI_CAUTION),
  power(20, 'GND'),
  gpio(21, 9, ['SPI0 data in (MISO)'], SPI_CAUTION),
  gpio(22, 25),
  gpio(23, 11, ['SPI0 clock (SCLK)'], SPI_CAUTION),
  gpio(24, 8, ['SPI0 chip select 0 (CE0)'], SPI_CAUTION),
  power(25, 'GND'),
  gpio(26, 7, ['SPI0 chip select 1 (CE1)'], SPI_CAUTION),
  gpio(27, 0, ['Add-on board EEPROM data (ID_SD)'], EEPROM_CAUTION),
  gpio(28, 1, ['Add-on board EEPROM clock (ID_SC)'], EEPROM_CAUTION),
  gpio(29, 5, ['Clock output (GPCLK1)']),
  power(30, 'GND'),
  gpio(31, 6, ['Clock output (GPCLK2)']),
  gpio(32, 12, ['PWM0']),
  gpio(33, 13, ['PWM1']),
  power(34, 'GND'),
  gpio(35, 19, ['PCM audio frame (PCM_FS)', 'PWM1', 'SPI1 data in (MISO)']),
  gpio(36, 16, ['SPI1 chip select 2 (CE2)']),
  gpio(37, 26),
  gpio(38, 20, ['PCM audio in (PCM_DIN)', 'SPI1 data out (MOSI)']),
  power(39, 'GND'),
  gpio(40, 21, ['PCM audio out (PCM_DOUT)', 'SPI1 clock (SCLK)']),
];

/** The pin the course wires the LED to: header pin 13, GPIO27. */
export const DEFAULT_BCM = 27;

/** The pin with this BCM number, or undefined when it is not on the header. */
export function pinOfBcm(bcm: number): GpioPin | undefined {
  return HEADER_PINS.find((pin): pin is GpioPin => pin.bcm === bcm && pin.kind === 'GPIO');
}

/** The pin at this position of the header, or undefined when there is no such position. */
export function pinAtHeader(header: number): HeaderPin | undefined {
  return HEADER_PINS[header - 1];
}

/** Both numbers of a pin, as every page and message writes them: `header pin 13 = GPIO27`. */
export function describePin(pin: GpioPin): string {
  return `header pin ${pin.header} = GPIO${pin.bcm}`;
}

/** Why nothing can be switched at this position, as a sentence; empty for a GPIO pin. */
export function refusalOf(pin: HeaderPin): string {
  switch (pin.kind) {
    case 'GPIO':
      return '';
    case 'GND':
      return `Header pin ${pin.header} is ground (GND): the LED's other end goes there, but it cannot be switched.`;
    default:
      return `Header pin ${pin.header} is ${pin.kind} power, always on: it cannot be switched.`;
  }
}

/** A pin as a person wrote it, or why it cannot be used, as a sentence. */
export type ParsedPin =
  { readonly pin: GpioPin; readonly problem?: undefined } | { readonly pin?: undefined; readonly problem: string };

const BCM_FORM = /^(?:gpio|bcm)?\s*(\d{1,4})$/i;
const HEADER_FORM = /^(?:header\s*pin|pin|header|board|physical)\s*(\d{1,4})$/i;

/**
 * Reads `27`, `GPIO27` or `BCM27` as the BCM number, and `pin 13`, `header 13` or `board 13` as the place on the header.
 * A bare number is always the BCM number.
 */
export function parsePin(text: string): ParsedPin {
  const written = text.trim();
  const header = HEADER_FORM.exec(written)?.[1];
  if (header !== undefined) return pinFromHeader(Number(header));
  const bcm = BCM_FORM.exec(written)?.[1];
  if (bcm !== undefined) return pinFromBcm(Number(bcm));
  return { problem: `"${text}" is not a pin. Write GPIO27, or "pin 13" for the place on the header.` };
}

function pinFromHeader(header: number): ParsedPin {
  const pin = pinAtHeader(header);
  if (pin === undefined) return { problem: `There is no header pin ${header}. The header has pins 1 to 40.` };
  if (pin.kind !== 'GPIO') return { problem: refusalOf(pin) };
  return { pin };
}

function pinFromBcm(bcm: number): ParsedPin {
  const pin = pinOfBcm(bcm);
  if (pin !== undefined) return { pin };
  return { problem: `GPIO${bcm} is not on the header. The header carries GPIO0 to GPIO27.` };
}
