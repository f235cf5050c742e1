const PLAIN = /^[A-Za-z0-9_@%+=:,./-]+$/;

/**
 * One word for a far shell that parses the line again (POSIX sh, bash, zsh, fish): whatever is in it, it arrives as
 * exactly one argument. Backslash, quote and `!` stand outside the quotes, where every one of these shells takes them
 * alike; fish would otherwise read `\\` inside single quotes as one backslash. A NUL cannot be passed at all and throws.
 */
export function quote(word: string): string {
  if (word.includes('\0')) throw new RangeError('A NUL byte cannot be passed to a program.');
  if (PLAIN.test(word)) return word;
  if (word === '') return "''";
  return word.replace(/[\\'!]|[^\\'!]+/g, (part) => (/^[\\'!]$/.test(part) ? `\\${part}` : `'${part}'`));
}

/** A command line that runs exactly these words. */
export function commandLine(argv: readonly string[]): string {
  return argv.map(quote).join(' ');
}
