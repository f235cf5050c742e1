import { ByteSink } from './byte-sink.ts';
import { encodeText, lineEndingBytes } from './encode-text.ts';
import { parseEscapes } from './escapes.ts';
import { parseHex } from './hex.ts';
import { PayloadSyntaxError, type PayloadInput, type PayloadResult } from './payload.ts';
import { parsePythonBytes, type PythonBytes } from './python-literal.ts';

/** The exact bytes a typed payload stands for, or where and why it cannot be used. Never throws. */
export function parsePayload(input: PayloadInput): PayloadResult {
  try {
    const { bytes, notes } = read(input);
    return { ok: true, bytes, notes };
  } catch (thrown) {
    if (thrown instanceof PayloadSyntaxError) return { ok: false, offset: thrown.offset, message: thrown.message };
    throw thrown;
  }
}

function read({ format, text, encoding, lineEnding }: PayloadInput): PythonBytes {
  switch (format) {
    case 'hex':
      return { bytes: parseHex(text), notes: [] };
    case 'python':
      return parsePythonBytes(text);
    case 'text':
    case 'escapes': {
      const sink = new ByteSink();
      sink.append(format === 'text' ? encodeText(text, encoding) : parseEscapes(text, encoding));
      sink.append(lineEndingBytes(lineEnding));
      return { bytes: sink.take(), notes: [] };
    }
  }
}

/** Whether the chosen line ending is added in this format; the others are sent exactly as written. */
export function takesLineEnding(format: PayloadInput['format']): boolean {
  return format === 'text' || format === 'escapes';
}
