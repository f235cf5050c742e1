class SignIn {
  #deviceId = $state<string | null>(null);

  /** The device whose sign-in dialog is open, or null. */
  get deviceId(): string | null {
    return this.#deviceId;
  }

  /** Opens the sign-in dialog for a device, from any screen. */
  open(deviceId: string): void {
    this.#deviceId = deviceId;
  }

  close(): void {
    this.#deviceId = null;
  }
}

/** Who is asked to sign in. `App.svelte` shows `views/sign-in/SignInDialog.svelte` for it. */
export const signIn = new SignIn();
