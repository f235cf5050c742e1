const NAMED: Readonly<Record<number, string>> = { 0x09: '\\t', 0x0a: '\\n', 0x0d: '\\r', 0x5c: '\\\\' };

/** Bytes as Python's own `repr` writes them: `b'ON\r\n'`, in double quotes when that saves escapes. */
export function pythonLiteral(bytes: Uint8Array): string {
  const quote = bytes.includes(0x27) && !bytes.includes(0x22) ? '"' : "'";
  const parts = Array.from(bytes, (byte) => {
    if (byte === quote.charCodeAt(0)) return `\\${quote}`;
    const named = NAMED[byte];
    if (named !== undefined) return named;
    if (byte < 0x20 || byte >= 0x7f) return `\\x${byte.toString(16).padStart(2, '0')}`;
    return String.fromCharCode(byte);
  });
  return `b${quote}${parts.join('')}${quote}`;
}
