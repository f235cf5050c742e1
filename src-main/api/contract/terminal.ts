import * as v from 'valibot';
import type { UploadProgress } from '../../target/target.ts';
import type { TerminalOutput } from '../../terminal/index.ts';
import { call, type CallMap, type EventMap } from '../definition.ts';
import { DeviceId } from './devices.ts';

const id = v.pipe(v.string(), v.minLength(1), v.maxLength(64));
const size = {
  columns: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1000)),
  rows: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1000)),
};
const position = v.pipe(v.number(), v.integer(), v.minValue(0));
const bytes = (most: number) =>
  v.pipe(
    v.instance(Uint8Array),
    v.check((value) => value.length <= most, `At most ${most} bytes at a time.`),
  );

/** The most bytes of one `terminal.write` and of one `terminal.addToFile`. */
export const MOST_TYPED_BYTES = 64 * 1024;
export const MOST_FILE_BYTES = 256 * 1024;

export const terminalCalls = {
  /** Opens a terminal on a device that is signed in; gives its id. */
  'terminal.open': call<string>()(v.object({ deviceId: DeviceId, program: v.picklist(['shell', 'python']), ...size })),
  /**
   * The output after the first `from` bytes, as soon as there is some. Asking acknowledges all before it: until then it
   * is kept, and a page that does not ask stops the program that prints.
   */
  'terminal.read': call<TerminalOutput>()(v.object({ id, from: position })),
  /** Ends when the bytes are on their way; the next ones are sent after that. */
  'terminal.write': call<null>()(v.object({ id, bytes: bytes(MOST_TYPED_BYTES) })),
  'terminal.resize': call<null>()(v.object({ id, ...size })),
  'terminal.close': call<null>()(v.object({ id })),
  /** A file dropped on the page: begun, brought in pieces one after another, then sent to the device's home folder. */
  'terminal.beginFile': call<string>()(
    v.object({ name: v.pipe(v.string(), v.minLength(1), v.maxLength(255)), size: position }),
  ),
  'terminal.addToFile': call<null>()(v.object({ id, bytes: bytes(MOST_FILE_BYTES) })),
  /** Gives the path on the device; `FILE_EXISTS` when there is one of that name and `overwrite` is false. */
  'terminal.sendFile': call<string, UploadProgress>()(v.object({ id, deviceId: DeviceId, overwrite: v.boolean() })),
  'terminal.dropFile': call<null>()(v.object({ id })),
} satisfies CallMap;

export const terminalEvents = {} satisfies EventMap;

export type { TerminalEnd } from '../../terminal/index.ts';
