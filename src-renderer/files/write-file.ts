import { AppError } from '../../src-main/errors/app-error.ts';
import { confirm } from '../ui/index.ts';

/** What is asked before something that is there already is replaced. */
export interface ReplaceQuestion {
  readonly title: string;
  readonly text: string;
}

/**
 * Writes to a path of this computer, and asks before it replaces what is there. Raises what `write` raises, but for
 * `FILE_EXISTS`.
 */
export async function writeFile(
  write: (overwrite: boolean) => Promise<void>,
  path: string,
  question: ReplaceQuestion = { title: 'Replace the file?', text: `${path} exists already.` },
): Promise<void> {
  try {
    await write(false);
  } catch (thrown) {
    if (AppError.from(thrown).code !== 'FILE_EXISTS') throw thrown;
    if (await confirm({ ...question, confirm: 'Replace', danger: true })) await write(true);
  }
}
