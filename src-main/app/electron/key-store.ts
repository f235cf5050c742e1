import { safeStorage } from 'electron';
import * as v from 'valibot';
import { join } from 'node:path';
import type { SecretStore } from '../../api/services.ts';
import type { Notice } from '../../settings/index.ts';
import { JsonFile } from '../../storage/index.ts';
import { sessionSecrets } from '../start/session-secrets.ts';
import { judgeKeyStore } from './key-store-kinds.ts';

/** Encrypted secrets by key, in base64. */
const fileSchema = v.record(v.pipe(v.string(), v.maxLength(1000)), v.pipe(v.string(), v.base64()));

/** What Chromium on Linux puts before a text it encrypted with a key that everybody knows. */
const FIXED_KEY_MARK = 'v10';

/** What a person must be told about their saved passwords. */
export type SecretTrouble = Pick<Notice, 'message' | 'hint'>;

/**
 * The secrets of the app: encrypted by the system's key store and kept in `secrets.json` where there is a real one, else
 * in memory only, which its `reason` says. To be called once Electron is ready.
 */
export function openSecrets(options: {
  readonly platform: NodeJS.Platform;
  readonly dataDir: string;
  readonly onTrouble: (trouble: SecretTrouble) => void;
}): SecretStore {
  const { platform, dataDir, onTrouble } = options;
  const backend = platform === 'linux' ? safeStorage.getSelectedStorageBackend() : null;
  const verdict = judgeKeyStore(platform, backend);
  if (!verdict.encrypted) return sessionSecrets(verdict.reason);
  const path = join(dataDir, 'secrets.json');
  const file = new JsonFile({
    path,
    schema: fileSchema,
    fallback: {},
    onSetAside: ({ to }) =>
      onTrouble({ message: 'The saved passwords could not be read.', hint: `Their file was kept as ${to}.` }),
  });
  return new EncryptedSecrets(file, verdict.reason, platform === 'linux', onTrouble);
}

class EncryptedSecrets implements SecretStore {
  readonly #file: JsonFile<typeof fileSchema>;
  readonly #mayHaveFixedKey: boolean;
  readonly #onTrouble: (trouble: SecretTrouble) => void;
  readonly #session = sessionSecrets('');
  #reason: string;
  #persistent = true;

  constructor(
    file: JsonFile<typeof fileSchema>,
    reason: string,
    mayHaveFixedKey: boolean,
    onTrouble: (trouble: SecretTrouble) => void,
  ) {
    this.#file = file;
    this.#reason = reason;
    this.#mayHaveFixedKey = mayHaveFixedKey;
    this.#onTrouble = onTrouble;
  }

  /** Turns false when the key store, which is asked only when first needed, refuses. */
  get persistent(): boolean {
    return this.#persistent;
  }

  get reason(): string {
    return this.#reason;
  }

  async get(key: string): Promise<string | null> {
    const inSession = await this.#session.get(key);
    if (inSession !== null) return inSession;
    const kept = (await this.#file.read())[key];
    if (kept === undefined) return null;
    try {
      const { result } = await safeStorage.decryptStringAsync(Buffer.from(kept, 'base64'));
      return result;
    } catch (thrown) {
      console.error('The key store refused:', thrown);
      this.#onTrouble({
        message: 'A saved password could not be decrypted: the key store is locked, or its key was replaced.',
        hint: 'Unlock it and try again, or type the password anew.',
      });
      return null;
    }
  }

  async set(key: string, secret: string): Promise<void> {
    const encrypted = this.#persistent ? await this.#encrypt(secret) : null;
    if (encrypted === null) {
      await this.#session.set(key, secret);
      return;
    }
    await this.#session.delete(key);
    await this.#file.change((kept) => ({ ...kept, [key]: encrypted.toString('base64') }));
  }

  async delete(key: string): Promise<void> {
    await this.#session.delete(key);
    await this.#file.change((kept) => Object.fromEntries(Object.entries(kept).filter(([name]) => name !== key)));
  }

  /** Null when the key store does not really encrypt; from then on secrets stay in memory. */
  async #encrypt(secret: string): Promise<Buffer | null> {
    try {
      if (await safeStorage.isAsyncEncryptionAvailable()) {
        const encrypted = await safeStorage.encryptStringAsync(secret);
        const fixedKey = this.#mayHaveFixedKey && encrypted.subarray(0, 3).toString('latin1') === FIXED_KEY_MARK;
        if (!fixedKey) return encrypted;
      }
    } catch (thrown) {
      console.error('The key store refused:', thrown);
    }
    this.#persistent = false;
    this.#reason = 'The key store of this computer refused, so passwords are kept only until Pi Workbench is closed.';
    this.#onTrouble({
      message: 'A password could not be saved: the key store of this computer refused.',
      hint: 'It is kept until Pi Workbench is closed.',
    });
    return null;
  }
}
