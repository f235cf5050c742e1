import { Signal, type Observable } from '../events/index.ts';
import type { SetAside } from '../storage/index.ts';

/** Something the app did that a person must be told once, kept until it is dismissed. */
export interface Notice {
  readonly id: number;
  readonly tone: 'info' | 'warning';
  readonly message: string;
  /** What to do, or empty. */
  readonly hint: string;
}

/** Notices of this start of the app, oldest first. */
export class Notices {
  readonly #changes = new Signal<readonly Notice[]>();
  #list: readonly Notice[] = [];
  #lastId = 0;

  get list(): readonly Notice[] {
    return this.#list;
  }

  /** Tells the whole list after each change. */
  get changes(): Observable<readonly Notice[]> {
    return this.#changes;
  }

  add(notice: Omit<Notice, 'id'>): void {
    this.#lastId += 1;
    this.#set([...this.#list, { ...notice, id: this.#lastId }]);
  }

  /** Does nothing when the notice is gone already. */
  dismiss(id: number): void {
    this.#set(this.#list.filter((one) => one.id !== id));
  }

  /** For files that could not be read: nothing a person saved is thrown away silently. */
  readonly addSetAside = ({ from, to, reason }: SetAside): void => {
    this.add({
      tone: 'warning',
      message: `The file ${from} could not be read, so the app started without it.`,
      hint: `It was kept as ${to}. The reason: ${reason}`,
    });
  };

  #set(list: readonly Notice[]): void {
    this.#list = list;
    this.#changes.emit(list);
  }
}
