import { randomUUID } from 'node:crypto';
import { AppError } from '../../errors/index.ts';
import type { ServerQuestions } from '../../ssh/index.ts';

/** What a server asks, on its way to the person. */
export interface AskedQuestions extends ServerQuestions {
  /** To be given back with the answers. */
  readonly id: string;
}

interface Open {
  readonly count: number;
  readonly resolve: (answers: readonly string[]) => void;
  readonly reject: (error: AppError) => void;
}

/** Brings the questions of servers to the person and the answers back. */
export class QuestionDesk {
  readonly #open = new Map<string, Open>();

  /** Rejects with `CANCELLED` when the person gives no answer or the signal aborts. */
  ask(asked: ServerQuestions, show: (asked: AskedQuestions) => void, signal: AbortSignal): Promise<readonly string[]> {
    const id = randomUUID();
    return new Promise<readonly string[]>((resolve, reject) => {
      const onAbort = (): void => reject(cancelled());
      if (signal.aborted) onAbort();
      signal.addEventListener('abort', onAbort, { once: true });
      this.#open.set(id, { count: asked.questions.length, resolve, reject });
      show({ ...asked, id });
    }).finally(() => this.#open.delete(id));
  }

  /** Null stands for "I will not answer". Raises `QUESTION_GONE` when nobody waits for it any more. */
  answer(id: string, answers: readonly string[] | null): void {
    const open = this.#open.get(id);
    if (!open) {
      throw new AppError('QUESTION_GONE', 'The server no longer waits for this answer.', { hint: 'Sign in again.' });
    }
    if (answers === null) open.reject(cancelled());
    else open.resolve(Array.from({ length: open.count }, (_, index) => answers[index] ?? ''));
  }
}

function cancelled(): AppError {
  return new AppError('CANCELLED', 'The sign-in was cancelled.');
}
