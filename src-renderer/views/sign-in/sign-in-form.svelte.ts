import type { AskedQuestions, SignInChoices } from '../../../src-main/api/contract/ssh.ts';
import type { Calls } from '../../../src-main/api/contract.ts';
import type { ArgsOf } from '../../../src-main/api/definition.ts';
import { AppError } from '../../../src-main/errors/app-error.ts';
import { client } from '../../state/client.svelte.ts';
import { shownHostKey, type ShownHostKey } from './host-key-words.ts';

type Request = ArgsOf<Calls['ssh.signIn']>;
export type Method = Request['with']['kind'];

/** The choice of another file than those found. */
export const OTHER_FILE = 'other';

/** The sign-in dialog's content: what was typed, which step is shown, and why the last try failed. */
export class SignInForm {
  readonly deviceId: string;
  method = $state<Method>('password');
  password = $state('');
  keyChoice = $state('');
  otherPath = $state('');
  passphrase = $state('');
  remember = $state(true);
  /** Also notes an accepted key in `~/.ssh/known_hosts`. */
  inUserFile = $state(false);
  answers = $state<string[]>([]);
  choices = $state.raw<SignInChoices | null>(null);
  busy = $state(false);
  error = $state.raw<AppError | null>(null);
  /** A key of the host that waits for the person's decision. */
  hostKey = $state.raw<ShownHostKey | null>(null);
  /** What the server asks beyond the password. */
  questions = $state.raw<AskedQuestions | null>(null);
  #stop = new AbortController();
  #allowLegacy = false;
  readonly #onDone: () => void;

  constructor(deviceId: string, onDone: () => void) {
    this.deviceId = deviceId;
    this.#onDone = onDone;
    void this.#load();
  }

  get keyPath(): string {
    return this.keyChoice === OTHER_FILE ? this.otherPath.trim() : this.keyChoice;
  }

  get passwordError(): string {
    return this.#errorFor(['SECRET_NEEDED']);
  }

  get pathError(): string {
    return this.#errorFor(['KEY_FILE_MISSING', 'KEY_FILE_UNREADABLE', 'KEY_UNSUPPORTED', 'PATH_NEEDED']);
  }

  get passphraseError(): string {
    return this.#errorFor(['KEY_NEEDS_PASSPHRASE', 'KEY_WRONG_PASSPHRASE']);
  }

  /** True when the error is shown beside a field rather than in the panel. */
  get errorIsBesideField(): boolean {
    return this.passwordError !== '' || this.pathError !== '' || this.passphraseError !== '';
  }

  async submit(): Promise<void> {
    if (this.questions) await this.#answer();
    else await this.#signIn(null);
  }

  /** Accepts the key that is shown, and goes on. */
  acceptHostKey(): Promise<void> {
    const shown = this.hostKey;
    if (!shown) return Promise.resolve();
    return this.#signIn({ fingerprint: shown.fingerprint, inUserFile: this.inUserFile });
  }

  allowLegacy(): Promise<void> {
    this.#allowLegacy = true;
    return this.#signIn(null);
  }

  useMethod(method: Method): void {
    this.method = method;
    this.error = null;
  }

  /** Shows why signing in without the dialog failed: a key to be decided on, or an error. */
  show(thrown: unknown): void {
    const error = AppError.from(thrown);
    this.hostKey = shownHostKey(error);
    this.error = this.hostKey || error.code === 'CANCELLED' ? null : error;
  }

  /** Gives up whatever is under way. */
  cancel(): void {
    this.#stop.abort();
    this.hostKey = null;
    this.questions = null;
  }

  async #load(): Promise<void> {
    try {
      const choices = await client.call('ssh.choices', { deviceId: this.deviceId });
      this.choices = choices;
      this.method = choices.method;
      const { keys, keyPath } = choices;
      this.keyChoice = keyPath ?? keys[0] ?? OTHER_FILE;
      if (keyPath !== null && !keys.includes(keyPath)) {
        this.keyChoice = OTHER_FILE;
        this.otherPath = keyPath;
      }
    } catch (thrown) {
      this.show(thrown);
    }
  }

  async #signIn(trust: Request['trust']): Promise<void> {
    const missing = this.#missing();
    if (missing) {
      this.error = missing;
      return;
    }
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    this.busy = true;
    this.error = null;
    try {
      await client.call('ssh.signIn', this.#request(trust), { signal, onProgress: (asked) => this.#ask(asked) });
      this.#onDone();
    } catch (thrown) {
      if (!signal.aborted) this.show(thrown);
    } finally {
      this.busy = false;
      this.questions = null;
    }
  }

  #ask(asked: AskedQuestions): void {
    this.answers = asked.questions.map(() => '');
    this.questions = asked;
    this.busy = false;
  }

  async #answer(): Promise<void> {
    const asked = this.questions;
    if (!asked) return;
    this.questions = null;
    this.busy = true;
    try {
      await client.call('ssh.answer', { id: asked.id, answers: [...this.answers] });
    } catch (thrown) {
      this.show(thrown);
    }
  }

  #request(trust: Request['trust']): Request {
    return {
      deviceId: this.deviceId,
      with: this.#with(),
      remember: this.choices?.secrets.persistent ? this.remember : null,
      trust,
      allowLegacy: this.#allowLegacy,
    };
  }

  #with(): Request['with'] {
    if (this.method === 'password') return { kind: 'password', password: this.password === '' ? null : this.password };
    if (this.method === 'agent') return { kind: 'agent' };
    return { kind: 'key', path: this.keyPath, passphrase: this.passphrase === '' ? null : this.passphrase };
  }

  #missing(): AppError | null {
    if (this.method === 'password' && this.password === '' && !this.choices?.hasPassword) {
      return new AppError('SECRET_NEEDED', 'Type the password of this user on the Pi.');
    }
    if (this.method === 'key' && this.keyPath === '') {
      return new AppError('PATH_NEEDED', 'Choose the file of your private key, such as ~/.ssh/id_ed25519.');
    }
    return null;
  }

  #errorFor(codes: readonly string[]): string {
    if (!this.error || !codes.includes(this.error.code)) return '';
    return [this.error.message, this.error.hint].filter(Boolean).join(' ');
  }
}
