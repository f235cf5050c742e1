export { codePointName, encodeText, lineEndingBytes } from './encode-text.ts';
export { parsePayload, takesLineEnding } from './parse-payload.ts';
export { LINE_ENDINGS, PAYLOAD_FORMATS, TEXT_ENCODINGS } from './payload.ts';
export type {
  LineEnding,
  ParsedPayload,
  PayloadFormat,
  PayloadInput,
  PayloadResult,
  RefusedPayload,
  TextEncoding,
} from './payload.ts';
