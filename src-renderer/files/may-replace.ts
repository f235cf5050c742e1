import { confirm } from '../ui/index.ts';

/** Asks whether a file that is there already may be replaced. */
export function mayReplaceFile(path: string): Promise<boolean> {
  return confirm({ title: 'Replace the file?', text: `${path} exists already.`, confirm: 'Replace', danger: true });
}
