export interface Question {
  /** What will happen, as a question: "Remove raspberrypi.local?". */
  readonly title: string;
  /** What is lost and what is kept. */
  readonly text: string;
  /** The verb: "Remove". */
  readonly confirm: string;
  readonly cancel?: string;
  /** True where something is removed or overwritten. */
  readonly danger?: boolean;
}

class Confirmation {
  #question = $state.raw<Question | null>(null);
  #resolve: (answer: boolean) => void = () => undefined;

  get question(): Question | null {
    return this.#question;
  }

  ask(question: Question): Promise<boolean> {
    this.answer(false);
    this.#question = question;
    return new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  answer(answer: boolean): void {
    this.#question = null;
    this.#resolve(answer);
    this.#resolve = () => undefined;
  }
}

/** The question being asked; shown by ConfirmDialog. */
export const confirmation = new Confirmation();

/** Asks the user: `if (await confirm({ title: 'Remove it?', text: '…', confirm: 'Remove', danger: true })) …` */
export function confirm(question: Question): Promise<boolean> {
  return confirmation.ask(question);
}
