import { describe, expect, test } from 'vitest';
import { HEADER_PINS, describePin, parsePin, pinAtHeader, pinOfBcm, refusalOf } from '../../../pi-agent/src/board.ts';

describe('the 40-pin header', () => {
  test('has 40 places in order, 28 GPIO pins each once, 8 grounds and 4 supplies', () => {
    const bcms = HEADER_PINS.flatMap((pin) => pin.bcm ?? []).sort((one, other) => one - other);
    expect({
      places: HEADER_PINS.map(({ header }) => header),
      bcms,
      grounds: HEADER_PINS.filter(({ kind }) => kind === 'GND').map(({ header }) => header),
      supplies: HEADER_PINS.filter(({ kind }) => kind === '3V3' || kind === '5V').map(({ header }) => header),
    }).toEqual({
      places: Array.from({ length: 40 }, (_, index) => index + 1),
      bcms: Array.from({ length: 28 }, (_, index) => index),
      grounds: [6, 9, 14, 20, 25, 30, 34, 39],
      supplies: [1, 2, 4, 17],
    });
  });

  // The order of the BCM numbers on the header, as every pinout of the 40-pin boards shows it.
  test.each([
    [3, 2],
    [5, 3],
    [7, 4],
    [8, 14],
    [10, 15],
    [11, 17],
    [12, 18],
    [13, 27],
    [15, 22],
    [16, 23],
    [18, 24],
    [19, 10],
    [21, 9],
    [22, 25],
    [23, 11],
    [24, 8],
    [26, 7],
    [27, 0],
    [28, 1],
    [29, 5],
    [31, 6],
    [32, 12],
    [33, 13],
    [35, 19],
    [36, 16],
    [37, 26],
    [38, 20],
    [40, 21],
  ])('pin %i is GPIO%i', (header, bcm) => {
    expect([pinAtHeader(header)?.bcm, pinOfBcm(bcm)?.header]).toEqual([bcm, header]);
  });

  test('a pin is written with both numbers', () => {
    const pin = pinOfBcm(27);
    expect(pin && describePin(pin)).toBe('header pin 13 = GPIO27');
  });

  test('a power pin says why it cannot be switched', () => {
    expect(HEADER_PINS.filter((pin) => refusalOf(pin) !== '')).toHaveLength(12);
    expect(HEADER_PINS.slice(0, 6).map(refusalOf)).toEqual([
      'Header pin 1 is 3V3 power, always on: it cannot be switched.',
      'Header pin 2 is 5V power, always on: it cannot be switched.',
      '',
      'Header pin 4 is 5V power, always on: it cannot be switched.',
      '',
      "Header pin 6 is ground (GND): the LED's other end goes there, but it cannot be switched.",
    ]);
  });
});

describe('a pin as a person writes it (onoff#82, Pinout.xyz#490)', () => {
  test.each([
    ['27', 27],
    ['GPIO17', 17],
    ['gpio 17', 17],
    ['bcm17', 17],
    [' 0 ', 0],
    ['pin 11', 17],
    ['pin12', 18],
    ['header pin 13', 27],
    ['Header 13', 27],
    ['board 40', 21],
    ['physical 11', 17],
  ])('%j is GPIO%i', (text, bcm) => {
    expect(parsePin(text).pin?.bcm).toBe(bcm);
  });

  test.each([
    ['pin 1', 'Header pin 1 is 3V3 power, always on: it cannot be switched.'],
    ['pin 6', "Header pin 6 is ground (GND): the LED's other end goes there, but it cannot be switched."],
    ['pin 41', 'There is no header pin 41. The header has pins 1 to 40.'],
    ['pin 0', 'There is no header pin 0. The header has pins 1 to 40.'],
    ['40', 'GPIO40 is not on the header. The header carries GPIO0 to GPIO27.'],
    ['GPIO28', 'GPIO28 is not on the header. The header carries GPIO0 to GPIO27.'],
    ['', '"" is not a pin. Write GPIO27, or "pin 13" for the place on the header.'],
    ['P1-13', '"P1-13" is not a pin. Write GPIO27, or "pin 13" for the place on the header.'],
    ['-1', '"-1" is not a pin. Write GPIO27, or "pin 13" for the place on the header.'],
  ])('%j is refused', (text, problem) => {
    expect(parsePin(text)).toEqual({ problem });
  });
});
