import { describe, expect, test } from 'vitest';
import {
  chipOfHeader,
  holdArguments,
  parseLevel,
  parseLineInfo,
  parseToolsVersion,
  readArguments,
} from '../../../pi-agent/src/drivers/gpiod-tools.ts';
import { parsePinctrl } from '../../../pi-agent/src/drivers/pinctrl.ts';

const CHIP_4 = `gpiochip0 [gpio-brcmstb@107d508500] (32 lines)
gpiochip1 [gpio-brcmstb@107d508520] (4 lines)
gpiochip2 [gpio-brcmstb@107d517c00] (17 lines)
gpiochip3 [gpio-brcmstb@107d517c20] (6 lines)
gpiochip4 [pinctrl-rp1] (54 lines)
`;
const CHIP_0 = `gpiochip0 [pinctrl-rp1] (54 lines)
gpiochip1 [gpio-brcmstb@107d508500] (32 lines)
gpiochip2 [gpio-brcmstb@107d508520] (4 lines)
gpiochip3 [gpio-brcmstb@107d517c00] (17 lines)
gpiochip4 [gpio-brcmstb@107d517c20] (6 lines)
`;

describe('the chip of the header (raspberrypi/linux#6144)', () => {
  test.each([
    ['on chip 4 of an early Pi 5', CHIP_4, 'gpiochip4'],
    ['on chip 0 of a later one', CHIP_0, 'gpiochip0'],
    ['on a Pi 4', 'gpiochip0 [pinctrl-bcm2711] (58 lines)\ngpiochip1 [raspberrypi-exp-gpio] (8 lines)\n', 'gpiochip0'],
    ['nowhere on a laptop', 'gpiochip0 [INT34C5:00] (300 lines)\n', null],
    ['nowhere in an empty answer', '', null],
  ])('is found by its label %s', (_name, answer, right) => {
    expect(chipOfHeader(answer)).toBe(right);
  });
});

describe('command lines of libgpiod (brgl/libgpiod#172)', () => {
  test.each([
    ['gpioset (libgpiod) v1.6.3\nCopyright (C) 2017-2018', 1],
    ['gpioset (libgpiod) v2.2.1\nCopyright', 2],
    ['gpioset (libgpiod) v3.0.0', null],
    ['', null],
  ])('version of %j', (text, right) => {
    expect(parseToolsVersion(text)).toBe(right);
  });

  test('version 1 takes the chip first and must be told to stay', () => {
    expect(holdArguments(1, 'gpiochip0', 17, 1)).toEqual(['--mode=signal', 'gpiochip0', '17=1']);
    expect(readArguments(1, 'gpiochip0', 17)).toEqual(['gpiochip0', '17']);
  });

  test('version 2 takes the chip after -c and stays by itself', () => {
    expect(holdArguments(2, 'gpiochip0', 17, 1).slice(-3)).toEqual(['-c', 'gpiochip0', '17=1']);
    expect(readArguments(2, 'gpiochip0', 17)).toEqual(['--as-is', '--numeric', '-c', 'gpiochip0', '17']);
  });
});

describe('an answer of gpioget (x735-script#7)', () => {
  test.each([
    ['1\n', 1],
    ['0\n', 0],
    ['', null],
    ['\n', null],
    ['on', null],
    ['"17"=active', null],
    ['10', null],
  ])('%j is the level %j', (text, right) => {
    expect(parseLevel(text)).toBe(right);
  });
});

describe('a line of gpioinfo', () => {
  const V1 = `gpiochip0 - 58 lines:
\tline   2:     "GPIO2"       unused   input  active-high
\tline   4:     "GPIO4" "onewire@4"  output  active-high [used open-drain]
\tline  17:     "GPIO17"  "gpioset"  output  active-high [used]
\tline  22:      unnamed   unused   output  active-high
\tline  27:     "GPIO27" kernel input active-high [used]
`;
  const V2 = `gpiochip0 - 54 lines:
\tline   2:\t"GPIO2"         \tinput
\tline   4:\t"GPIO4"         \toutput drive=open-drain consumer="onewire@4"
\tline  17:\t"GPIO17"        \toutput consumer=led-agent
\tline  22:\tunnamed         \toutput
\tline  27:\t"GPIO27"        \tinput [used]
`;
  const right = [
    [2, { consumer: null, direction: 'input' }],
    [4, { consumer: 'onewire@4', direction: 'output' }],
    [22, { consumer: null, direction: 'output' }],
    [99, null],
  ] as const;
  test.each(right)('%i of version 1', (bcm, info) => {
    expect(parseLineInfo(V1, bcm)).toEqual(info);
  });
  test.each(right)('%i of version 2', (bcm, info) => {
    expect(parseLineInfo(V2, bcm)).toEqual(info);
  });
  test('names the holder, also when there is only a mark', () => {
    expect([V1, V2].map((text) => [17, 27].map((bcm) => parseLineInfo(text, bcm)?.consumer))).toEqual([
      ['gpioset', 'kernel'],
      ['led-agent', 'another program'],
    ]);
  });
});

describe('a line of pinctrl', () => {
  test.each([
    ['27: op dh pd | hi // GPIO27 = output', { level: 1, use: 'output' }],
    ['27: op dl pd | lo // GPIO27 = output\n', { level: 0, use: 'output' }],
    ['27: ip    pd | lo // GPIO27 = input', { level: 0, use: 'input' }],
    ['27: no    pd | -- // GPIO27 = none', { level: null, use: 'none' }],
    ['27: a0    pn | lo // GPIO27 = SD0_DAT3', { level: 0, use: 'SD0_DAT3' }],
    ['17: op dh pd | hi // GPIO17 = output', null],
    ['', null],
  ])('%j', (text, right) => {
    expect(parsePinctrl(text, 27)).toEqual(right);
  });
});
