import vm from 'node:vm';
import { AppError } from '../../errors/index.ts';

/** Milliseconds one match may take; a pattern such as `(a+)+$` could otherwise hold everything up. */
const MATCH_LIMIT_MS = 50;

const script = new vm.Script('found = pattern.exec(text)');

/** A regular expression that gives up instead of blocking. */
export class SafeRegex {
  readonly #context: vm.Context;

  /** Raises `BAD_RULE` for a pattern that is no regular expression. */
  constructor(pattern: string, ignoreCase: boolean) {
    try {
      const compiled = new RegExp(pattern, ignoreCase ? 'is' : 's');
      this.#context = vm.createContext({ pattern: compiled, text: '', found: null });
    } catch (thrown) {
      const reason = thrown instanceof Error ? thrown.message : String(thrown);
      throw new AppError('BAD_RULE', `This is not a regular expression: ${reason}.`, { cause: thrown });
    }
  }

  /** The match in `text`, or null. Raises `RULE_TOO_SLOW` when it takes longer than a match may. */
  exec(text: string): RegExpExecArray | null {
    this.#context['text'] = text;
    try {
      script.runInContext(this.#context, { timeout: MATCH_LIMIT_MS });
    } catch (thrown) {
      throw new AppError('RULE_TOO_SLOW', 'The regular expression takes too long on what was received.', {
        hint: 'Make it simpler: nested repetitions such as (a+)+ are slow.',
        cause: thrown,
      });
    }
    return this.#context['found'] as RegExpExecArray | null;
  }
}
