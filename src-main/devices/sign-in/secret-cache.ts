/** Keeps secrets between starts, where that is safe; given by the shell. */
export interface SecretKeeper {
  /** False when it keeps them only until the app ends. */
  readonly persistent: boolean;
  /** Says in words where secrets are kept. */
  readonly reason: string;
  get(key: string): Promise<string | null>;
  set(key: string, secret: string): Promise<void>;
  delete(key: string): Promise<void>;
}

export type SecretKind = 'password' | 'passphrase';

/**
 * The password or passphrase of each device: in memory for as long as the app runs, so that a cut connection is made
 * again without typing, and with the keeper when the person wants it kept and the keeper really encrypts.
 */
export class SecretCache {
  readonly keeper: SecretKeeper;
  readonly #session = new Map<string, string>();

  constructor(keeper: SecretKeeper) {
    this.keeper = keeper;
  }

  async get(deviceId: string, kind: SecretKind): Promise<string | null> {
    const key = nameOf(deviceId, kind);
    return this.#session.get(key) ?? (await this.keeper.get(key));
  }

  async has(deviceId: string, kind: SecretKind): Promise<boolean> {
    return (await this.get(deviceId, kind)) !== null;
  }

  /** Keeps it for this session; and beyond only when asked and where it would be encrypted. Null changes nothing there. */
  async keep(deviceId: string, kind: SecretKind, secret: string, beyondSession: boolean | null): Promise<void> {
    const key = nameOf(deviceId, kind);
    this.#session.set(key, secret);
    if (!this.keeper.persistent || beyondSession === null) return;
    if (beyondSession) await this.keeper.set(key, secret);
    else await this.keeper.delete(key);
  }

  async forget(deviceId: string): Promise<void> {
    for (const kind of ['password', 'passphrase'] as const) {
      const key = nameOf(deviceId, kind);
      this.#session.delete(key);
      await this.keeper.delete(key);
    }
  }
}

function nameOf(deviceId: string, kind: SecretKind): string {
  return `device/${deviceId}/${kind}`;
}
