import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sessionSecrets } from '../../../src-main/app/start/session-secrets.ts';
import { DeviceStore, SignInService, type Device, type SignInRequest } from '../../../src-main/devices/index.ts';
import { LocalTarget } from '../../../src-main/target/local/index.ts';
import { TargetRegistry } from '../../../src-main/target/registry.ts';
import { startSshd, type Sshd, type SshdOptions } from '../support/sshd.ts';

let folder: string;
let dataDir: string;
let homeDir: string;
const closers: (() => Promise<void>)[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pi-workbench-sign-in-'));
  dataDir = join(folder, 'data');
  homeDir = join(folder, 'home');
  await mkdir(join(homeDir, '.ssh'), { recursive: true, mode: 0o700 });
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  await rm(folder, { recursive: true, force: true });
});

/** A key store that really encrypts, as far as the service can tell: it keeps what it is given. */
function keyStore() {
  const kept = new Map<string, string>();
  const store = {
    persistent: true,
    reason: 'Kept by the key store.',
    kept,
    get: async (key: string) => kept.get(key) ?? null,
    set: async (key: string, secret: string) => void kept.set(key, secret),
    delete: async (key: string) => void kept.delete(key),
  };
  return store;
}

interface Bench {
  readonly sshd: Sshd;
  readonly devices: DeviceStore;
  readonly targets: TargetRegistry;
  readonly signIn: SignInService;
  readonly device: Device;
  readonly withPassword: (more?: Partial<SignInRequest>) => SignInRequest;
  /** Signs in after having accepted the key that is shown. */
  readonly enter: (request?: SignInRequest) => Promise<void>;
}

async function bench(
  options: SshdOptions & {
    readonly secrets?: ReturnType<typeof keyStore>;
    readonly host?: string;
    /** What mDNS answers. */
    readonly addresses?: readonly string[];
  } = {},
): Promise<Bench> {
  const sshd = await startSshd(options);
  closers.push(() => sshd.stop());
  const devices = await DeviceStore.open(dataDir);
  const targets = new TargetRegistry(new LocalTarget({ deviceId: 'practice' }));
  closers.push(() => targets.dispose());
  const secrets = options.secrets ?? sessionSecrets('A test keeps nothing.');
  const askName = async (): Promise<readonly string[]> => options.addresses ?? [];
  const signIn = new SignInService({ devices, targets, secrets, dataDir, homeDir, environment: {}, askName });
  const device = await devices.add({
    host: options.host ?? '127.0.0.1',
    port: sshd.port,
    user: sshd.user,
    label: 'Pi',
  });
  const withPassword = (more: Partial<SignInRequest> = {}): SignInRequest => ({
    with: { kind: 'password', password: sshd.password },
    remember: null,
    trust: null,
    allowLegacy: false,
    ...more,
  });
  const enter = async (request = withPassword()): Promise<void> => {
    const trust = { fingerprint: await sshd.fingerprint(), inUserFile: false };
    await signIn.signIn(device.id, { ...request, trust });
  };
  return { sshd, devices, targets, signIn, device, withPassword, enter };
}

const kindOf = ({ devices, device }: Bench): string => devices.get(device.id).connection.kind;

describe('the first contact', () => {
  test('raises the fingerprint before any authentication, and accepting it notes it in the app’s own file alone', async () => {
    const it = await bench();
    await writeFile(join(homeDir, '.ssh/known_hosts'), '# mine\n');
    await expect(it.signIn.signIn(it.device.id, it.withPassword())).rejects.toMatchObject({
      code: 'HOST_KEY_NEW',
      details: { fingerprint: await it.sshd.fingerprint(), keyType: 'ED25519', others: [] },
    });
    expect(it.sshd.log()).not.toMatch(/Failed|Accepted/);
    expect(kindOf(it)).toBe('signed-out');
    await it.enter();
    expect(kindOf(it)).toBe('signed-in');
    expect((await it.targets.get(it.device.id).exec({ argv: ['echo', 'hi'] })).stdout).toBe('hi\n');
    expect(await readFile(join(homeDir, '.ssh/known_hosts'), 'utf8')).toBe('# mine\n');
  });

  test('accepts that very key only', async () => {
    const it = await bench();
    const trust = { fingerprint: 'SHA256:somethingelse', inUserFile: false };
    await expect(it.signIn.signIn(it.device.id, it.withPassword({ trust }))).rejects.toMatchObject({
      code: 'HOST_KEY_NEW',
    });
  });

  test('needs no question when ~/.ssh/known_hosts has the host, hashed', async () => {
    const it = await bench();
    const file = join(homeDir, '.ssh/known_hosts');
    await writeFile(file, `[127.0.0.1]:${it.sshd.port} ${await it.sshd.publicHostKey()}\n`);
    execFileSync('ssh-keygen', ['-q', '-H', '-f', file], { stdio: 'ignore' });
    await it.signIn.signIn(it.device.id, it.withPassword());
    expect(kindOf(it)).toBe('signed-in');
    expect(await readdir(dataDir)).not.toContain('known_hosts');
  });
});

describe('a host whose key has changed', () => {
  test('is refused with both fingerprints; cancelling leaves the file as it is, replacing changes that entry only', async () => {
    const it = await bench();
    const own = join(dataDir, 'known_hosts');
    const other = `other.local ${await it.sshd.publicHostKey()}\n`;
    await writeFile(own, other);
    await it.enter();
    const before = await readFile(own, 'utf8');
    const old = await it.sshd.fingerprint();
    await it.sshd.reflash();
    await expect(it.signIn.signIn(it.device.id, it.withPassword())).rejects.toMatchObject({
      code: 'HOST_KEY_CHANGED',
      hint: expect.stringContaining('SD card written anew'),
      details: { fingerprint: await it.sshd.fingerprint(), noted: [{ fingerprint: old, file: own, line: 2 }] },
    });
    expect(await readFile(own, 'utf8')).toBe(before);
    await it.enter();
    expect(await readFile(own, 'utf8')).toBe(
      `${other}[127.0.0.1]:${it.sshd.port} ${(await it.sshd.publicHostKey()).trim()}\n`,
    );
  });

  test('and one whose key was revoked cannot be accepted', async () => {
    const it = await bench();
    await writeFile(join(homeDir, '.ssh/known_hosts'), `@revoked * ${await it.sshd.publicHostKey()}\n`);
    await expect(it.enter()).rejects.toMatchObject({ code: 'HOST_KEY_REVOKED' });
  });
});

describe('secrets', () => {
  test('are kept for the session only where nothing encrypts them: nothing on the disk holds the password', async () => {
    const it = await bench();
    await it.enter(it.withPassword({ remember: true }));
    expect((await it.signIn.choices(it.device.id)).secrets.persistent).toBe(false);
    await it.signIn.signOut(it.device.id);
    await it.signIn.reconnect(it.device.id);
    expect(kindOf(it)).toBe('signed-in');
    for (const name of await readdir(dataDir)) {
      expect(await readFile(join(dataDir, name), 'utf8')).not.toContain(it.sshd.password);
    }
  });

  test('are kept beyond the session when asked, taken back when not, and forgotten with the device', async () => {
    const secrets = keyStore();
    const it = await bench({ secrets });
    await it.enter(it.withPassword({ remember: true }));
    expect([...secrets.kept.values()]).toEqual([it.sshd.password]);
    await it.enter(it.withPassword({ with: { kind: 'password', password: null }, remember: null }));
    expect(secrets.kept.size).toBe(1);
    await it.enter(it.withPassword({ with: { kind: 'password', password: null }, remember: false }));
    expect(secrets.kept.size).toBe(0);
    await it.enter(it.withPassword({ remember: true }));
    await it.signIn.forget(it.device.id);
    expect({ kept: secrets.kept.size, kind: kindOf(it) }).toEqual({ kept: 0, kind: 'signed-out' });
    await expect(it.signIn.reconnect(it.device.id)).rejects.toMatchObject({ code: 'SECRET_NEEDED' });
  });

  test('that are wrong are not kept', async () => {
    const secrets = keyStore();
    const it = await bench({ secrets });
    const wrong = it.withPassword({ with: { kind: 'password', password: 'wrong' }, remember: true });
    await expect(it.enter(wrong)).rejects.toMatchObject({ code: 'WRONG_CREDENTIALS' });
    expect({ kept: secrets.kept.size, kind: kindOf(it) }).toEqual({ kept: 0, kind: 'signed-out' });
  });
});

describe('a connection', () => {
  test('that is cut is told in the list with its reason, and leaves the registry', async () => {
    const it = await bench();
    await it.enter();
    const told = new Promise<void>((resolve) =>
      it.devices.changes.subscribe(() => kindOf(it) === 'disconnected' && resolve()),
    );
    await it.sshd.dropConnections();
    await told;
    expect(it.devices.get(it.device.id).connection).toMatchObject({
      code: 'DISCONNECTED',
      message: expect.stringContaining('was cut'),
    });
    expect(it.targets.find(it.device.id)).toBeUndefined();
  });

  test('made anew ends the one before without being told as cut', async () => {
    const it = await bench();
    await it.enter();
    const first = it.targets.get(it.device.id);
    const kinds: string[] = [];
    it.devices.changes.subscribe(() => kinds.push(kindOf(it)));
    await it.enter();
    expect(first.state.kind).toBe('disconnected');
    expect(kinds).not.toContain('disconnected');
    expect(kindOf(it)).toBe('signed-in');
  });

  test('goes to the last known address when the name is no longer found, and only to the same key', async () => {
    const it = await bench({ host: 'no-such-pi.invalid' });
    const name = `[no-such-pi.invalid]:${it.sshd.port}`;
    await it.devices.remember(it.device.id, { lastAddress: '127.0.0.1' });
    await expect(it.signIn.signIn(it.device.id, it.withPassword())).rejects.toMatchObject({
      code: expect.stringMatching(/ENOTFOUND|EAI_AGAIN/),
    });
    await writeFile(join(homeDir, '.ssh/known_hosts'), `${name} ${await it.sshd.publicHostKey()}\n`);
    await it.signIn.signIn(it.device.id, it.withPassword());
    expect(it.targets.get(it.device.id).address).toBe('127.0.0.1');
  });
});

describe('a name that the system does not know', () => {
  test('leads to the address that mDNS gives, and its key is the one noted for the name', async () => {
    const it = await bench({ host: 'no-such-pi.invalid', addresses: ['127.0.0.99', '127.0.0.1'] });
    await expect(it.signIn.signIn(it.device.id, it.withPassword())).rejects.toMatchObject({ code: 'HOST_KEY_NEW' });
    const name = `[no-such-pi.invalid]:${it.sshd.port}`;
    await writeFile(join(homeDir, '.ssh/known_hosts'), `${name} ${await it.sshd.publicHostKey()}\n`);
    expect(await it.signIn.signIn(it.device.id, it.withPassword())).toMatchObject({ address: '127.0.0.1' });
    expect(it.devices.get(it.device.id)).toMatchObject({ host: 'no-such-pi.invalid', lastAddress: '127.0.0.1' });
  });

  test('is not looked for any further where a machine shows another key than the noted one', async () => {
    const it = await bench({ host: 'no-such-pi.invalid', addresses: ['127.0.0.1', '127.0.0.99'] });
    await it.devices.remember(it.device.id, { lastAddress: '127.0.0.98' });
    const other = await startSshd();
    closers.push(() => other.stop());
    const name = `[no-such-pi.invalid]:${it.sshd.port}`;
    await writeFile(join(homeDir, '.ssh/known_hosts'), `${name} ${await other.publicHostKey()}\n`);
    await expect(it.signIn.signIn(it.device.id, it.withPassword())).rejects.toMatchObject({ code: 'HOST_KEY_CHANGED' });
  });
});

describe('“Install my key”', () => {
  test('makes an ed25519 key when there is none, with the right permissions, and signs in with it from then on', async () => {
    const it = await bench();
    await it.enter();
    const installed = await it.signIn.installKey(it.device.id);
    const path = join(homeDir, '.ssh/id_ed25519');
    expect(installed).toMatchObject({ path, created: true, added: true, verified: true });
    const printed = execFileSync('ssh-keygen', ['-l', '-f', `${path}.pub`], { encoding: 'utf8' });
    expect(printed).toContain(installed.fingerprint);
    execFileSync('ssh-keygen', ['-y', '-P', '', '-f', path]);
    const far = join(it.sshd.home, '.ssh');
    const modes = [path, `${path}.pub`, far, join(far, 'authorized_keys')].map(
      async (file) => (await stat(file)).mode & 0o777,
    );
    expect(await Promise.all(modes)).toEqual([0o600, 0o644, 0o700, 0o600]);
    await it.signIn.signOut(it.device.id);
    await it.signIn.reconnect(it.device.id);
    expect(it.sshd.log()).toMatch(/Accepted publickey/);
  });

  test('changes nothing the second time, keeps what is there, and ends a last line first', async () => {
    const it = await bench();
    await it.enter();
    const file = join(it.sshd.home, '.ssh/authorized_keys');
    await it.targets.get(it.device.id).exec({
      script: `mkdir -p .ssh; printf '# mine\\nssh-ed25519 AAAA other' > .ssh/authorized_keys; chmod 777 .ssh`,
    });
    expect(await it.signIn.installKey(it.device.id)).toMatchObject({ created: true, added: true });
    const once = await readFile(file, 'utf8');
    expect(once.split('\n')).toEqual([
      '# mine',
      'ssh-ed25519 AAAA other',
      expect.stringMatching(/^ssh-ed25519 AAAA\S+ /),
      '',
    ]);
    expect(await it.signIn.installKey(it.device.id)).toMatchObject({ created: false, added: false, verified: true });
    expect(await readFile(file, 'utf8')).toBe(once);
  });

  test('takes the key there is, also one with a passphrase, which it does not ask for', async () => {
    const it = await bench();
    const path = join(homeDir, '.ssh/id_ed25519');
    execFileSync('ssh-keygen', [
      '-q',
      '-t',
      'ed25519',
      '-a',
      '1',
      '-N',
      'secret',
      '-C',
      `me'; touch pwn; '`,
      '-f',
      path,
    ]);
    await it.enter();
    expect(await it.signIn.installKey(it.device.id)).toMatchObject({
      path,
      created: false,
      added: true,
      verified: false,
    });
    expect(await readdir(it.sshd.home)).not.toContain('pwn');
    const withKey = { kind: 'key', path, passphrase: 'secret' } as const;
    await it.signIn.signIn(it.device.id, it.withPassword({ with: withKey }));
    await it.signIn.signOut(it.device.id);
    await it.signIn.reconnect(it.device.id);
    expect(kindOf(it)).toBe('signed-in');
  });

  test('says so when the server does not take the key all the same', async () => {
    const it = await bench({ config: ['AuthorizedKeysFile none'] });
    await it.enter();
    await expect(it.signIn.installKey(it.device.id)).rejects.toMatchObject({ code: 'KEY_NOT_ACCEPTED' });
  });
});

describe('~/.ssh/config', () => {
  test('names machines to add, and its key is offered for the first sign-in', async () => {
    const it = await bench();
    const config = `Host bench\n  HostName 127.0.0.1\n  Port ${it.sshd.port}\n  User ${it.sshd.user}\n  IdentityFile ~/.ssh/bench\n`;
    await writeFile(join(homeDir, '.ssh/config'), config);
    const { keyPath, method } = await it.signIn.choices(it.device.id);
    expect({ keyPath, method }).toEqual({ keyPath: join(homeDir, '.ssh/bench'), method: 'key' });
    await writeFile(join(homeDir, '.ssh/bench'), await readFile(it.sshd.keyPath));
    await chmod(join(homeDir, '.ssh/bench'), 0o600);
    await it.enter(it.withPassword({ with: { kind: 'key', path: '~/.ssh/bench', passphrase: null } }));
    expect(kindOf(it)).toBe('signed-in');
  });
});
