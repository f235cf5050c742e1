export interface KeyStoreVerdict {
  /** Whether what is stored can be read only by this person. */
  readonly encrypted: boolean;
  /** For the sign-in dialog. */
  readonly reason: string;
}

/** Those of Linux that hold a key of the person's own; any other value means that there is none. */
const linuxKeyStores: Readonly<Record<string, string>> = {
  gnome_libsecret: "the desktop's keyring",
  kwallet: 'KWallet',
  kwallet5: 'KWallet',
  kwallet6: 'KWallet',
};

/**
 * Whether secrets may be written to disk. On Linux, Electron "encrypts" with a fixed, public key where it finds no key
 * store (`basic_text`), so only the known real ones count (grafana/k6-studio#940). `backend` is null elsewhere.
 */
export function judgeKeyStore(platform: NodeJS.Platform, backend: string | null): KeyStoreVerdict {
  if (platform === 'darwin') return kept("this Mac's keychain");
  if (platform === 'win32') return kept('your Windows account');
  const name = backend !== null && Object.hasOwn(linuxKeyStores, backend) ? linuxKeyStores[backend] : undefined;
  if (name !== undefined) return kept(name);
  return {
    encrypted: false,
    reason: 'This desktop offers no key store, so passwords are not saved: they are kept until Pi Workbench is closed.',
  };
}

function kept(where: string): KeyStoreVerdict {
  return { encrypted: true, reason: `Saved passwords are encrypted with a key in ${where}.` };
}
