import type { SignInService } from '../../devices/index.ts';
import type { sshCalls } from '../contract/ssh.ts';
import type { Part } from '../definition.ts';

export interface SshServices {
  readonly signIn: SignInService;
}

export function sshPart({ signIn }: SshServices): Part<typeof sshCalls> {
  return {
    handlers: {
      'ssh.choices': ({ deviceId }) => signIn.choices(deviceId),
      'ssh.signIn': ({ deviceId, ...request }, { signal, progress }) =>
        signIn.signIn(deviceId, request, { signal, onQuestions: progress }),
      'ssh.answer': ({ id, answers }) => {
        signIn.answer(id, answers);
        return null;
      },
      'ssh.reconnect': ({ deviceId }, { signal }) => signIn.reconnect(deviceId, { signal }),
      'ssh.installKey': ({ deviceId }) => signIn.installKey(deviceId),
      'ssh.configHosts': () => signIn.configHosts(),
      'ssh.signOut': async ({ deviceId }) => {
        await signIn.signOut(deviceId);
        return null;
      },
    },
  };
}
