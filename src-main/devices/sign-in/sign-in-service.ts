import { homedir } from 'node:os';
import { join } from 'node:path';
import { AppError } from '../../errors/index.ts';
import {
  checkAgent,
  findAgent,
  isSignInRefusal,
  KnownHostsStore,
  loadPrivateKey,
  openConnection,
  readSshConfig,
  type ConfigHost,
  type ConnectionOptions,
  type Credentials,
  type SshConnection,
} from '../../ssh/index.ts';
import { SshTarget } from '../../target/remote/index.ts';
import type { Target } from '../../target/target.ts';
import type { Device, DeviceConnection, SignInMethod } from '../device.ts';
import { PRACTICE_DEVICE_ID } from '../device.ts';
import type { DeviceStore } from '../device-store.ts';
import { checkHostKey, type TrustedKey } from './host-key-check.ts';
import { installKey, type InstalledKey } from './key-installer.ts';
import { QuestionDesk, type AskedQuestions } from './question-desk.ts';
import { SecretCache, type SecretKeeper } from './secret-cache.ts';
import { findUserKeys } from './user-keys.ts';

/** How to sign in. A null secret stands for the one kept. */
export type SignInWith =
  | { readonly kind: 'password'; readonly password: string | null }
  | { readonly kind: 'key'; readonly path: string; readonly passphrase: string | null }
  | { readonly kind: 'agent' };

export interface SignInRequest {
  readonly with: SignInWith;
  /** Keeps the secret beyond this session, where it would be encrypted, or only for it; null leaves that as it is. */
  readonly remember: boolean | null;
  /** A key of the host that the person accepted after it was shown. */
  readonly trust: TrustedKey | null;
  /** From now on offers this device algorithms that are no longer safe. */
  readonly allowLegacy: boolean;
}

export interface SignedIn {
  /** The IP address connected to. */
  readonly address: string;
  /** `SHA256:...` of the host's key. */
  readonly fingerprint: string;
}

/** What the dialog offers for a device. */
export interface SignInChoices {
  readonly method: SignInMethod;
  /** Private keys found in `~/.ssh`, as full paths. */
  readonly keys: readonly string[];
  readonly keyPath: string | null;
  /** Why the ssh-agent cannot be used; null when it can. */
  readonly agentProblem: string | null;
  readonly hasPassword: boolean;
  readonly hasPassphrase: boolean;
  /** Whether secrets can be kept beyond this session, and why or why not, in words. */
  readonly secrets: { readonly persistent: boolean; readonly reason: string };
}

export interface SignInServiceOptions {
  readonly devices: DeviceStore;
  /** Takes over each target: it disposes what it lets go of. */
  readonly targets: { add(target: Target): Promise<void>; remove(deviceId: string): Promise<void> };
  readonly secrets: SecretKeeper;
  readonly dataDir: string;
  /** The user's home, where `.ssh` is. */
  readonly homeDir?: string;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** The addresses of a name by other means than the system's, for one that the system does not know. */
  readonly askName: (host: string, signal: AbortSignal) => Promise<readonly string[]>;
  /** Time limits, to be shortened in tests. */
  readonly timing?: Pick<ConnectionOptions, 'connectTimeoutMs' | 'stepTimeoutMs' | 'keepalive'>;
}

/** Errors after which other ways to an address are tried: the name itself did not lead anywhere. */
const NAME_FAILED = new Set(['ENOTFOUND', 'EAI_AGAIN']);

/** Signs in to devices, keeps their state in the list and their targets in the registry. */
export class SignInService {
  readonly knownHosts: KnownHostsStore;
  readonly #options: SignInServiceOptions;
  readonly #secrets: SecretCache;
  readonly #questions = new QuestionDesk();
  readonly #running = new Map<string, AbortController>();
  readonly #refusals = new Map<string, AppError>();
  /** The target of each device that is signed in: what an older one does counts no more. */
  readonly #current = new Map<string, Target>();
  readonly #sshFolder: string;

  constructor(options: SignInServiceOptions) {
    this.#options = options;
    this.#secrets = new SecretCache(options.secrets);
    this.#sshFolder = join(options.homeDir ?? homedir(), '.ssh');
    this.knownHosts = new KnownHostsStore({
      own: join(options.dataDir, 'known_hosts'),
      user: join(this.#sshFolder, 'known_hosts'),
      others: process.platform === 'win32' ? [] : ['/etc/ssh/ssh_known_hosts'],
    });
  }

  async choices(deviceId: string): Promise<SignInChoices> {
    const device = this.#sshDevice(deviceId);
    const { persistent, reason } = this.#secrets.keeper;
    const [keys, configured, agentProblem, hasPassword, hasPassphrase] = await Promise.all([
      findUserKeys(this.#sshFolder),
      this.#configuredKey(device),
      this.#agentProblem(),
      this.#secrets.has(deviceId, 'password'),
      this.#secrets.has(deviceId, 'passphrase'),
    ]);
    const keyPath = device.keyPath ?? configured;
    // A key that ~/.ssh/config names for this host is what a first sign-in is meant to use.
    const method = device.lastUsedAt === null && configured !== null ? 'key' : device.method;
    return { method, keys, keyPath, agentProblem, hasPassword, hasPassphrase, secrets: { persistent, reason } };
  }

  /**
   * Signs in; an earlier try for the same device is given up. Raises `HOST_KEY_NEW` and `HOST_KEY_CHANGED`, to be shown
   * and then tried again with `trust`, and all that `openConnection` and `loadPrivateKey` raise.
   */
  async signIn(
    deviceId: string,
    request: SignInRequest,
    options: { readonly signal?: AbortSignal; readonly onQuestions?: (asked: AskedQuestions) => void } = {},
  ): Promise<SignedIn> {
    const device = this.#sshDevice(deviceId);
    this.#running.get(deviceId)?.abort(new AppError('CANCELLED', 'Another sign-in to this device was started.'));
    const stop = new AbortController();
    this.#running.set(deviceId, stop);
    const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
    const before = device.connection;
    this.#options.devices.setConnection(deviceId, { kind: 'signing-in' });
    try {
      const credentials = await this.#credentials(device, request.with);
      const connection = await this.#connect(device, request, credentials, signal, options.onQuestions);
      return await this.#enter(device, request, connection);
    } catch (thrown) {
      const error = AppError.from(thrown);
      if (isSignInRefusal(error)) this.#refusals.set(deviceId, error);
      if (this.#running.get(deviceId) === stop) this.#options.devices.setConnection(deviceId, afterFailure(before));
      throw thrown;
    } finally {
      if (this.#running.get(deviceId) === stop) this.#running.delete(deviceId);
    }
  }

  /** Why the device refused the last sign-in that it judged; null when it let somebody in. */
  refusal(deviceId: string): AppError | null {
    return this.#refusals.get(deviceId) ?? null;
  }

  /** Signs in as the last time, with what is kept. Raises `SECRET_NEEDED` when something must be typed. */
  async reconnect(deviceId: string, options: { readonly signal?: AbortSignal } = {}): Promise<SignedIn> {
    const device = this.#sshDevice(deviceId);
    const request = { with: await this.#withKept(device), remember: null, trust: null, allowLegacy: false };
    return this.signIn(deviceId, request, options);
  }

  /** Puts the person's key on a device that is signed in; from then on it signs in with that. */
  async installKey(deviceId: string): Promise<InstalledKey> {
    const device = this.#sshDevice(deviceId);
    const target = this.#current.get(deviceId);
    if (!target)
      throw new AppError('NOT_SIGNED_IN', 'You are not signed in to this device.', { hint: 'Sign in first.' });
    const { host, port, user } = device;
    const installed = await installKey({
      target,
      chosen: device.method === 'key' ? device.keyPath : null,
      keys: await findUserKeys(this.#sshFolder),
      sshFolder: this.#sshFolder,
      connection: {
        ...this.#options.timing,
        host: target.address,
        port,
        user,
        knownKeyTypes: await this.knownHosts.typesOf(host, port),
        legacyAlgorithms: device.legacyAlgorithms,
        verifyHostKey: (key) => checkHostKey(this.knownHosts, { host, port }, key, null),
      },
    });
    await this.#options.devices.remember(deviceId, { method: 'key', keyPath: installed.path });
    return installed;
  }

  /** The machines of the user's `~/.ssh/config`. */
  configHosts(): Promise<readonly ConfigHost[]> {
    return readSshConfig(join(this.#sshFolder, 'config'), join(this.#sshFolder, '..'));
  }

  answer(questionId: string, answers: readonly string[] | null): void {
    this.#questions.answer(questionId, answers);
  }

  /** Ends the connection; what is kept for signing in again stays. */
  async signOut(deviceId: string): Promise<void> {
    this.#running.get(deviceId)?.abort(new AppError('CANCELLED', 'You signed out.'));
    this.#current.delete(deviceId);
    await this.#options.targets.remove(deviceId);
    if (deviceId !== PRACTICE_DEVICE_ID) this.#options.devices.setConnection(deviceId, { kind: 'signed-out' });
  }

  /** Ends the connection and forgets every secret of a device, before it leaves the list. */
  async forget(deviceId: string): Promise<void> {
    await this.signOut(deviceId);
    this.#refusals.delete(deviceId);
    await this.#secrets.forget(deviceId);
  }

  async dispose(): Promise<void> {
    for (const stop of this.#running.values()) stop.abort(new AppError('CANCELLED', 'Pi Workbench is closing.'));
  }

  #sshDevice(deviceId: string): Device {
    const device = this.#options.devices.get(deviceId);
    if (device.kind === 'ssh') return device;
    throw new AppError('PRACTICE_DEVICE', 'The practice device needs no sign-in.');
  }

  async #configuredKey({ host, user }: Device): Promise<string | null> {
    const same = (await this.configHosts()).find(
      (entry) => (entry.host === host || entry.alias === host) && (entry.user ?? user) === user,
    );
    return same?.keyPath ?? null;
  }

  async #credentials(device: Device, choice: SignInWith): Promise<Credentials> {
    switch (choice.kind) {
      case 'password': {
        const password = choice.password ?? (await this.#secrets.get(device.id, 'password'));
        if (password === null) throw secretNeeded();
        return { kind: 'password', password };
      }
      case 'key': {
        const passphrase = choice.passphrase ?? (await this.#secrets.get(device.id, 'passphrase')) ?? undefined;
        return { kind: 'key', key: await loadPrivateKey(expandHome(choice.path, this.#sshFolder), passphrase) };
      }
      case 'agent':
        return { kind: 'agent', socket: (await checkAgent(await this.#agentSocket())).socket };
    }
  }

  async #connect(
    device: Device,
    request: SignInRequest,
    credentials: Credentials,
    signal: AbortSignal,
    onQuestions: ((asked: AskedQuestions) => void) | undefined,
  ): Promise<SshConnection> {
    const { host, port, user } = device;
    const options: ConnectionOptions = {
      ...this.#options.timing,
      host,
      port,
      user,
      credentials,
      knownKeyTypes: await this.knownHosts.typesOf(host, port),
      legacyAlgorithms: device.legacyAlgorithms || request.allowLegacy,
      verifyHostKey: (key) => checkHostKey(this.knownHosts, { host, port }, key, request.trust),
      ...(onQuestions && { answerQuestions: (asked) => this.#questions.ask(asked, onQuestions, signal) }),
      signal,
    };
    try {
      return await openConnection(options);
    } catch (thrown) {
      if (!(thrown instanceof AppError) || !NAME_FAILED.has(thrown.code)) throw thrown;
      const answered = await this.#connectByAnswer(options, signal);
      if (answered) return answered;
      if (device.lastAddress === null) throw thrown;
      return await this.#connectAt(device.lastAddress, options, thrown);
    }
  }

  /** At the addresses that the name has by mDNS; null when none answers. */
  async #connectByAnswer(options: ConnectionOptions, signal: AbortSignal): Promise<SshConnection | null> {
    for (const address of await this.#options.askName(options.host, signal)) {
      try {
        return await openConnection({ ...options, host: address });
      } catch (thrown) {
        if (!(thrown instanceof AppError) || !thrown.code.startsWith('E')) throw thrown;
      }
    }
    return null;
  }

  /** At an old address another machine may be by now: only the key noted for the name is taken there. */
  async #connectAt(address: string, options: ConnectionOptions, nameError: AppError): Promise<SshConnection> {
    const { host, port } = options;
    try {
      return await openConnection({
        ...options,
        host: address,
        verifyHostKey: (key) => checkHostKey(this.knownHosts, { host, port }, key, null),
      });
    } catch (thrown) {
      const error = AppError.from(thrown);
      if (error.code.startsWith('HOST_KEY_') || error.code.startsWith('E')) throw nameError;
      throw error;
    }
  }

  async #enter(device: Device, request: SignInRequest, connection: SshConnection): Promise<SignedIn> {
    const { devices, targets } = this.#options;
    const { id, user, host } = device;
    const { address } = connection;
    const target = new SshTarget({ deviceId: id, connection, user, host });
    target.stateChanges.subscribe((state) => {
      if (state.kind !== 'disconnected' || this.#current.get(id) !== target) return;
      this.#current.delete(id);
      devices.setConnection(id, state);
    });
    this.#current.set(id, target);
    this.#refusals.delete(id);
    await this.#keepSecret(id, request);
    await devices.remember(id, {
      method: request.with.kind,
      keyPath: request.with.kind === 'key' ? request.with.path : device.keyPath,
      lastUsedAt: Date.now(),
      lastAddress: address,
      legacyAlgorithms: device.legacyAlgorithms || request.allowLegacy,
    });
    await targets.add(target);
    devices.setConnection(id, connectionOf(target));
    return { address, fingerprint: connection.hostKey.fingerprint };
  }

  async #keepSecret(deviceId: string, { with: used, remember }: SignInRequest): Promise<void> {
    if (used.kind === 'agent') return;
    const kind = used.kind === 'password' ? 'password' : 'passphrase';
    const typed = used.kind === 'password' ? used.password : used.passphrase;
    const secret = typed || (await this.#secrets.get(deviceId, kind));
    if (secret !== null) await this.#secrets.keep(deviceId, kind, secret, remember);
  }

  async #withKept(device: Device): Promise<SignInWith> {
    if (device.lastUsedAt === null) throw secretNeeded();
    if (device.method === 'agent') return { kind: 'agent' };
    if (device.method === 'key' && device.keyPath !== null) {
      return { kind: 'key', path: device.keyPath, passphrase: null };
    }
    if (!(await this.#secrets.has(device.id, 'password'))) throw secretNeeded();
    return { kind: 'password', password: null };
  }

  #agentSocket(): Promise<string | null> {
    return findAgent({ platform: process.platform, env: this.#options.environment ?? process.env });
  }

  async #agentProblem(): Promise<string | null> {
    try {
      await checkAgent(await this.#agentSocket());
      return null;
    } catch (thrown) {
      return AppError.from(thrown).message;
    }
  }
}

function secretNeeded(): AppError {
  return new AppError('SECRET_NEEDED', 'The password of this device is not kept.', { hint: 'Type it to sign in.' });
}

function connectionOf(target: Target): DeviceConnection {
  const { state, address } = target;
  return state.kind === 'connected' ? { kind: 'signed-in', address, since: Date.now() } : state;
}

/** A failed try leaves the device as it was, and never as signing in for ever. */
function afterFailure(before: DeviceConnection): DeviceConnection {
  return before.kind === 'signing-in' ? { kind: 'signed-out' } : before;
}

function expandHome(path: string, sshFolder: string): string {
  return path.startsWith('~/') ? join(sshFolder, '..', path.slice(2)) : path;
}
