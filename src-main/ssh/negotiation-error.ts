import { AppError } from '../errors/index.ts';
import { legacyWouldHelp, type AlgorithmLists } from './algorithms.ts';

const CATEGORIES = [
  { list: 'kex', code: 'NO_COMMON_KEX', name: 'key exchange method', option: 'KexAlgorithms' },
  { list: 'hostKey', code: 'NO_COMMON_HOST_KEY', name: 'type of host key', option: 'HostKeyAlgorithms' },
  { list: 'cipher', code: 'NO_COMMON_CIPHER', name: 'cipher', option: 'Ciphers' },
  { list: 'mac', code: 'NO_COMMON_MAC', name: 'message check (MAC)', option: 'MACs' },
] as const;

/** Ciphers that check their messages themselves, so that no MAC is agreed on. */
const SELF_CHECKING = /gcm|poly1305/;

/**
 * Why two sides could not agree: the first category with nothing in common and both lists. Null when each has something
 * in common.
 */
export function negotiationError(ours: AlgorithmLists, theirs: AlgorithmLists): AppError | null {
  for (const { list, code, name, option } of CATEGORIES) {
    if (ours[list].some((candidate) => theirs[list].includes(candidate))) continue;
    if (list === 'mac' && ours.cipher.find((cipher) => theirs.cipher.includes(cipher))?.match(SELF_CHECKING)) continue;
    const oldOnly = legacyWouldHelp(list, theirs[list]);
    return new AppError(code, `This SSH server and Pi Workbench have no ${name} in common.`, {
      hint: oldOnly
        ? 'The server offers only old methods that are no longer safe. Update it, or allow old methods for this device.'
        : `Allow one of ${ours[list].slice(0, 3).join(', ')} in the server's sshd_config (${option}).`,
      details: { category: list, ours: [...ours[list]], theirs: [...theirs[list]], legacyWouldHelp: oldOnly },
    });
  }
  return null;
}
