import { AppError } from '../../src-main/errors/app-error.ts';
import { confirm } from '../ui/index.ts';

/** What is asked before something that is there already is replaced. */
export interface ReplaceQuestion {
  readonly title: string;
  /** What is there; left out where the error says it. */
  readonly text?: string;
}

/**
 * Writes a file, and asks before it replaces what is there. Gives what `write` gives, or null when what is there shall stay.
 * Raises what `write` raises, but for `FILE_EXISTS`.
 */
export async function writeOrReplace<T>(
  write: (overwrite: boolean) => Promise<T>,
  { title, text }: ReplaceQuestion,
): Promise<T | null> {
  try {
    return await write(false);
  } catch (thrown) {
    const { code, message } = AppError.from(thrown);
    if (code !== 'FILE_EXISTS') throw thrown;
    const sure = await confirm({ title, text: text ?? message, confirm: 'Replace', danger: true });
    return sure ? await write(true) : null;
  }
}

/** What is asked of a file on this computer. */
export function replaceFile(path: string): ReplaceQuestion {
  return { title: 'Replace the file?', text: `${path} exists already.` };
}
