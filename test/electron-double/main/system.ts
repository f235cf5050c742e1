import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { loud } from '../loud.ts';
import { doubleApp } from './app.ts';
import { did, onLack, options } from './harness.ts';

const IV_BYTES = 12;
const TAG_BYTES = 16;
const MARK_BYTES = 3;

/** As Chromium on Linux: a key of the person's own gives `v11`, the fixed key that everybody knows gives `v10`. */
const mark = options.keyStore === 'basic_text' || options.keyStore === 'unknown' ? 'v10' : 'v11';
const key = createHash('sha256').update(`the keyring of the double ${mark}`).digest();

function requireReady(): void {
  if (!doubleApp.isReady()) throw new Error('safeStorage cannot be used before app is ready');
}

export const safeStorage = loud<Electron.SafeStorage>(
  'safeStorage',
  {
    getSelectedStorageBackend: () => (doubleApp.isReady() ? options.keyStore : 'unknown'),
    isAsyncEncryptionAvailable: () => {
      requireReady();
      return Promise.resolve(!options.keyStoreRefuses);
    },
    encryptStringAsync(text) {
      requireReady();
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, iv);
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Promise.resolve(Buffer.concat([Buffer.from(mark), iv, cipher.getAuthTag(), sealed]));
    },
    decryptStringAsync(sealed) {
      requireReady();
      if (options.keyStoreRefuses) return Promise.reject(new Error('Error while decrypting the ciphertext.'));
      const [iv, tag] = [MARK_BYTES, MARK_BYTES + IV_BYTES];
      const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(iv, tag));
      decipher.setAuthTag(sealed.subarray(tag, tag + TAG_BYTES));
      const text = Buffer.concat([decipher.update(sealed.subarray(tag + TAG_BYTES)), decipher.final()]);
      return Promise.resolve({ result: text.toString('utf8'), shouldReEncrypt: false });
    },
  },
  onLack,
);

export const shell = loud<Electron.Shell>(
  'shell',
  {
    openExternal: (url) => {
      did('shell.openExternal', url);
      return Promise.resolve();
    },
  },
  onLack,
);

export const screen = loud<Electron.Screen>(
  'screen',
  { getAllDisplays: () => [{ workArea: { x: 0, y: 0, width: 1920, height: 1040 } } as Electron.Display] },
  onLack,
);

let themeSource: Electron.NativeTheme['themeSource'] = 'system';

export const nativeTheme = loud<Electron.NativeTheme>(
  'nativeTheme',
  {
    shouldUseDarkColors: false,
    get themeSource() {
      return themeSource;
    },
    set themeSource(source) {
      themeSource = source;
      did('nativeTheme.themeSource', source);
    },
  },
  onLack,
);
