import { openConnection, loadPrivateKey, type ConnectionOptions } from '../../../src-main/ssh/index.ts';
import { SshTarget } from '../../../src-main/target/remote/index.ts';
import type { Sshd } from './sshd.ts';

/** Signs in to a test's sshd with its key, or with its password when asked. */
export async function connectTarget(
  sshd: Pick<Sshd, 'address' | 'port' | 'user' | 'keyPath' | 'password'>,
  options: Partial<ConnectionOptions> & { readonly deviceId?: string } = {},
): Promise<SshTarget> {
  const connection = await openConnection({
    host: sshd.address,
    port: sshd.port,
    user: sshd.user,
    credentials: { kind: 'key', key: await loadPrivateKey(sshd.keyPath) },
    verifyHostKey: async () => undefined,
    ...options,
  });
  return new SshTarget({
    deviceId: options.deviceId ?? 'pi',
    connection,
    user: options.user ?? sshd.user,
    host: sshd.address,
  });
}
