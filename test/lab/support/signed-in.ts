import { openConnection } from '../../../src-main/ssh/index.ts';
import { SshTarget } from '../../../src-main/target/remote/index.ts';
import { PI_PASSWORD, PI_USER, type LabPi } from './lab.ts';

/** Signs in to a container Pi with its password, as the device `pi` unless named otherwise. */
export async function signedIn(
  pi: Pick<LabPi, 'name' | 'ip'> & { readonly port?: number },
  deviceId = 'pi',
): Promise<SshTarget> {
  const connection = await openConnection({
    host: pi.ip,
    port: pi.port ?? 22,
    user: PI_USER,
    credentials: { kind: 'password', password: PI_PASSWORD },
    verifyHostKey: async () => undefined,
  });
  return new SshTarget({ deviceId, connection, user: PI_USER, host: pi.name });
}
