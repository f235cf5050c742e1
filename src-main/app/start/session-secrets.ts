import type { SecretStore } from '../../api/services.ts';

/** Keeps secrets in memory only. `reason` tells a person why they do not outlast the session. */
export function sessionSecrets(reason: string): SecretStore {
  const secrets = new Map<string, string>();
  return {
    persistent: false,
    reason,
    get: (key) => Promise.resolve(secrets.get(key) ?? null),
    set: (key, secret) => {
      secrets.set(key, secret);
      return Promise.resolve();
    },
    delete: (key) => {
      secrets.delete(key);
      return Promise.resolve();
    },
  };
}
