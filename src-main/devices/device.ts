/** The id of the practice device, which is always there: this computer with a simulated LED. */
export const PRACTICE_DEVICE_ID = 'practice';

export type DeviceConnection =
  | { readonly kind: 'signed-out' }
  | { readonly kind: 'signing-in' }
  | { readonly kind: 'signed-in'; readonly address: string; readonly since: number }
  | { readonly kind: 'disconnected'; readonly code: string; readonly message: string; readonly hint: string };

/** How the user signed in last; the secret itself is kept elsewhere or not at all. */
export type SignInMethod = 'password' | 'key' | 'agent';

/** A machine in the list. Times are milliseconds since the epoch. */
export interface Device {
  readonly id: string;
  readonly kind: 'practice' | 'ssh';
  /** What the user calls it; the host when no label was given. */
  readonly label: string;
  /** Host name or address as typed; empty for the practice device. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly method: SignInMethod;
  /** Path of the private key last used, or null. */
  readonly keyPath: string | null;
  readonly addedAt: number;
  readonly lastUsedAt: number | null;
  /** The last address it answered at, tried when its name no longer resolves. */
  readonly lastAddress: string | null;
  /** Ethernet address when known, lower case with colons: identity that survives a change of name or address. */
  readonly mac: string | null;
  /** True once it was chosen to offer this device SSH algorithms that are no longer safe. */
  readonly legacyAlgorithms: boolean;
  readonly connection: DeviceConnection;
}

/** A snapshot of the list; `number` grows with every change. */
export interface DeviceList {
  readonly number: number;
  readonly devices: readonly Device[];
}
