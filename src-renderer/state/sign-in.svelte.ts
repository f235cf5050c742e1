import { AppError } from '../../src-main/errors/app-error.ts';
import { toast } from '../ui/index.ts';
import { client } from './client.svelte.ts';

class SignIn {
  #deviceId = $state<string | null>(null);
  #error = $state.raw<unknown>(null);
  #busy = $state<string | null>(null);

  /** The device whose sign-in dialog is open, or null. */
  get deviceId(): string | null {
    return this.#deviceId;
  }

  /** Why the dialog was opened by itself, or null. */
  get error(): unknown {
    return this.#error;
  }

  /** The device that is being signed in to without a dialog, or null. */
  get busy(): string | null {
    return this.#busy;
  }

  /** Opens the sign-in dialog for a device, from any screen. */
  open(deviceId: string): void {
    this.#error = null;
    this.#deviceId = deviceId;
  }

  close(): void {
    this.#deviceId = null;
    this.#error = null;
  }

  /** Signs in as the last time; where something must be typed or said, the dialog opens. */
  async reconnect(deviceId: string): Promise<void> {
    if (this.#busy === deviceId) return;
    this.#busy = deviceId;
    try {
      await client.call('ssh.reconnect', { deviceId });
    } catch (thrown) {
      const { code } = AppError.from(thrown);
      this.open(deviceId);
      if (code !== 'SECRET_NEEDED') this.#error = thrown;
    } finally {
      this.#busy = null;
    }
  }

  /** Ends the connection to a device. */
  async signOut(deviceId: string): Promise<void> {
    try {
      await client.call('ssh.signOut', { deviceId });
    } catch (thrown) {
      toast.bad(thrown);
    }
  }
}

/** Signing in from any screen. `App.svelte` shows the dialog. */
export const signIn = new SignIn();
