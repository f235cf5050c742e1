import type { PublicKeyLine } from './key-pair.ts';

/** What the script prints last. */
export const AUTHORIZE_ANSWERS = { added: 'added', present: 'present' } as const;

/**
 * POSIX sh text that lets a key sign in, once, however often it runs: `~/.ssh` 0700 and `authorized_keys` 0600 as sshd
 * insists, a last line without an end is ended first, and a key that is there stays as it is, with its options. The key's
 * fields are base64 and checked names only, so they need no quoting beyond single quotes.
 */
export function authorizeScript({ type, base64, comment }: PublicKeyLine): string {
  const note = comment.replace(/[^\w@.+-]/g, ' ').trim();
  const line = `${type} ${base64}${note ? ` ${note}` : ''}`;
  return `umask 077
cd || exit 1
mkdir -p .ssh && chmod 700 .ssh || exit 1
file=.ssh/authorized_keys
touch "$file" && chmod 600 "$file" || exit 1
if grep -v '^[[:space:]]*#' "$file" | grep -qF '${type} ${base64}'; then
  echo ${AUTHORIZE_ANSWERS.present}
else
  if [ -s "$file" ] && [ -n "$(tail -c 1 "$file")" ]; then echo >> "$file" || exit 1; fi
  printf '%s\\n' '${line}' >> "$file" || exit 1
  echo ${AUTHORIZE_ANSWERS.added}
fi
if command -v restorecon >/dev/null 2>&1; then restorecon -RF .ssh >/dev/null 2>&1 || :; fi
`;
}
