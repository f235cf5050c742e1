/** What a regular expression matched; `groups[0]` is the whole. Texts are bytes as Latin-1. */
export interface Captures {
  readonly groups: readonly string[];
  readonly named: Readonly<Record<string, string>>;
}

const REFERENCE = /\$(?:(\$)|(&)|([1-9])|<([A-Za-z_]\w*)>)/g;

/**
 * A reply with `$1` to `$9`, `$<name>` and `$&` replaced by what was matched, byte for byte; `$$` is a dollar sign.
 * A group that does not exist becomes nothing.
 */
export function fillReply(template: Uint8Array, captures: Captures): Uint8Array {
  const text = Buffer.from(template).toString('latin1');
  const filled = text.replace(REFERENCE, (_, dollar?: string, whole?: string, number?: string, name?: string) => {
    if (dollar !== undefined) return '$';
    if (whole !== undefined) return captures.groups[0] ?? '';
    if (number !== undefined) return captures.groups[Number(number)] ?? '';
    return captures.named[name ?? ''] ?? '';
  });
  return Buffer.from(filled, 'latin1');
}
