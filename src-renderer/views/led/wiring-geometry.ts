/** Where everything is in the drawing of the header and its wiring. Pure: lengths are units of the drawing. */
import type { GpioPin, HeaderPin, PowerPin } from '../../../pi-agent/src/board.ts';
import { HEADER_PINS } from '../../../pi-agent/src/board.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** `wide` has the breadboard beside the header, `narrow` below it. */
export type WiringLayout = 'wide' | 'narrow';

const ROW_HEIGHT = 26;
/** A little less, so that the wires between two rows stay whole under a marked pin. */
const AREA_HEIGHT = 21;
const FIRST_ROW_Y = 42;
const ROWS = 20;
const HOLE_STEP = 15;

interface Frame {
  readonly width: number;
  readonly height: number;
  /** Middle of the column of odd pins; even pins are `PIN_STEP` to the right. */
  readonly oddX: number;
  /** Where the labels of the even pins end, and wires may run down. */
  readonly channelX: number;
  readonly board: { readonly x: number; readonly y: number; readonly columns: number };
  /** Columns of the breadboard, counted from 0: where the wire comes in, and the legs of the LED. */
  readonly columns: { readonly signal: number; readonly anode: number; readonly cathode: number };
}

const PIN_STEP = 28;

const FRAMES: Readonly<Record<WiringLayout, Frame>> = {
  wide: {
    width: 648,
    height: 592,
    oddX: 150,
    channelX: 352,
    board: { x: 420, y: 190, columns: 14 },
    columns: { signal: 1, anode: 8, cathode: 10 },
  },
  narrow: {
    width: 360,
    height: 838,
    oddX: 132,
    channelX: 322,
    board: { x: 40, y: 648, columns: 18 },
    // Wires come in from the right here, so everything is the other way round.
    columns: { signal: 16, anode: 8, cathode: 6 },
  },
};

/** Holes of one column of the breadboard, all connected with each other. */
const HOLES = 5;
const BOARD_MARGIN = 16;
/** From the board's edge to the first hole: the LED stands above. */
const BOARD_TOP = 62;

export interface WiringGeometry {
  readonly width: number;
  readonly height: number;
  readonly board: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
  readonly holes: readonly Point[];
  /** The header's printed circuit board. */
  readonly strip: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
  readonly pins: readonly PinPlace[];
  readonly ground: PowerPin;
  readonly signalWire: string;
  readonly groundWire: string;
  /** Both ends of the resistor. */
  readonly resistor: readonly [Point, Point];
  readonly anode: Point;
  readonly cathode: Point;
}

export interface PinPlace {
  readonly pin: HeaderPin;
  readonly at: Point;
  readonly side: 'left' | 'right';
  /** The area that reacts to the pointer: pin and label. */
  readonly area: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
}

/** Everything's place for an LED on this pin. */
export function wiringGeometry(chosen: GpioPin, layout: WiringLayout): WiringGeometry {
  const frame = FRAMES[layout];
  const ground = groundFor(chosen);
  const holeY = (row: number): number => frame.board.y + BOARD_TOP + row * HOLE_STEP;
  const columnX = (column: number): number => frame.board.x + BOARD_MARGIN + column * HOLE_STEP;
  const { signal, anode, cathode } = frame.columns;
  // The two wires must not cross: which one ends lower depends on the side they come from.
  const [signalRow, groundRow] = layout === 'wide' ? [2, 4] : [4, 2];
  const ends = {
    signal: { x: columnX(signal), y: holeY(signalRow) },
    ground: { x: columnX(cathode), y: holeY(groundRow) },
  };
  return {
    width: frame.width,
    height: frame.height,
    board: {
      ...{ x: frame.board.x, y: frame.board.y },
      width: (frame.board.columns - 1) * HOLE_STEP + 2 * BOARD_MARGIN,
      height: BOARD_TOP + (HOLES - 1) * HOLE_STEP + BOARD_MARGIN,
    },
    holes: Array.from({ length: frame.board.columns * HOLES }, (_, index) => ({
      x: columnX(Math.floor(index / HOLES)),
      y: holeY(index % HOLES),
    })),
    strip: { x: frame.oddX - 19, y: FIRST_ROW_Y - 20, width: PIN_STEP + 38, height: (ROWS - 1) * ROW_HEIGHT + 40 },
    pins: HEADER_PINS.map((pin) => placeOf(pin, frame)),
    ground,
    ...wires(chosen, ground, frame, layout, ends),
    resistor: [ends.signal, { x: columnX(anode), y: ends.signal.y }],
    anode: { x: columnX(anode), y: holeY(0) },
    cathode: { x: columnX(cathode), y: holeY(0) },
  };
}

/** The ground pin to use: the nearest one at the same height or below, which leaves the wires uncrossed. */
export function groundFor(chosen: GpioPin): PowerPin {
  const grounds = HEADER_PINS.filter((pin): pin is PowerPin => pin.kind === 'GND');
  const found = grounds.find((pin) => rowOf(pin) >= rowOf(chosen)) ?? grounds.at(-1);
  if (found === undefined) throw new Error('The header has no ground pin.');
  return found;
}

const rowOf = (pin: HeaderPin): number => Math.floor((pin.header - 1) / 2);

function pinPoint(pin: HeaderPin, frame: Frame): Point {
  const x = pin.header % 2 === 1 ? frame.oddX : frame.oddX + PIN_STEP;
  return { x, y: FIRST_ROW_Y + rowOf(pin) * ROW_HEIGHT };
}

function placeOf(pin: HeaderPin, frame: Frame): PinPlace {
  const at = pinPoint(pin, frame);
  const side = pin.header % 2 === 1 ? 'left' : 'right';
  const middle = frame.oddX + PIN_STEP / 2;
  const [from, to] = side === 'left' ? [0, middle] : [middle, frame.channelX - 8];
  return { pin, at, side, area: { x: from, y: at.y - AREA_HEIGHT / 2, width: to - from, height: AREA_HEIGHT } };
}

/**
 * Both wires: from the pin into the gap between two rows, along it to the channel beside the labels, and down or up to
 * the breadboard. The ground wire's gap is always below the other's.
 */
function wires(
  chosen: GpioPin,
  ground: PowerPin,
  frame: Frame,
  layout: WiringLayout,
  ends: { readonly signal: Point; readonly ground: Point },
): Pick<WiringGeometry, 'signalWire' | 'groundWire'> {
  const from = pinPoint(chosen, frame);
  const to = pinPoint(ground, frame);
  const half = ROW_HEIGHT / 2;
  const signalGap = from.y === to.y ? from.y - half : from.y + half;
  const groundGap = to.y + half;
  const outer = frame.channelX + 18;
  const signalOutside = layout === 'narrow' || signalGap < ends.signal.y;
  const signalX = signalOutside ? outer : frame.channelX;
  const groundX = signalOutside ? frame.channelX : outer;
  const path = (pin: Point, gap: number, x: number, end: Point): string =>
    roundedPath([pin, { x: pin.x, y: gap }, { x, y: gap }, { x, y: end.y }, end]);
  return {
    signalWire: path(from, signalGap, signalX, ends.signal),
    groundWire: path(to, groundGap, groundX, ends.ground),
  };
}

const CORNER = 9;

/** A path of straight lines with rounded corners. */
export function roundedPath(points: readonly Point[]): string {
  const [first, ...rest] = points;
  if (first === undefined) return '';
  const parts = [`M${first.x} ${first.y}`];
  rest.forEach((corner, index) => {
    const before = points[index];
    const after = rest[index + 1];
    if (before === undefined || after === undefined) {
      parts.push(`L${corner.x} ${corner.y}`);
      return;
    }
    const entry = towards(corner, before);
    const exit = towards(corner, after);
    parts.push(`L${entry.x} ${entry.y}`, `Q${corner.x} ${corner.y} ${exit.x} ${exit.y}`);
  });
  return parts.join(' ');
}

/** The point a corner's radius away from it, or halfway where the line is short. */
function towards(corner: Point, other: Point): Point {
  const length = Math.hypot(other.x - corner.x, other.y - corner.y);
  const part = length === 0 ? 0 : Math.min(CORNER, length / 2) / length;
  return { x: round(corner.x + (other.x - corner.x) * part), y: round(corner.y + (other.y - corner.y) * part) };
}

const round = (value: number): number => Math.round(value * 100) / 100;
