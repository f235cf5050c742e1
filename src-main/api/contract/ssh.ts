import * as v from 'valibot';
import type { AskedQuestions, ConfigHost, InstalledKey, SignedIn, SignInChoices } from '../../devices/index.ts';
import { call, type CallMap, type EventMap } from '../definition.ts';
import { DeviceId } from './devices.ts';

/** Longer than any password or passphrase in use; a paste of a whole file by mistake is refused. */
const secret = v.nullable(v.pipe(v.string(), v.maxLength(1024)));
const path = v.pipe(v.string(), v.minLength(1), v.maxLength(1024));

/** How to sign in; a null secret stands for the one kept. */
const signInWith = v.variant('kind', [
  v.object({ kind: v.literal('password'), password: secret }),
  v.object({ kind: v.literal('key'), path, passphrase: secret }),
  v.object({ kind: v.literal('agent') }),
]);

export const sshCalls = {
  /** What can be offered in the dialog for a device. */
  'ssh.choices': call<SignInChoices>()(v.object({ deviceId: DeviceId })),
  /**
   * Signs in. `HOST_KEY_NEW` and `HOST_KEY_CHANGED` carry the fingerprints: once the person has accepted one, it goes
   * into `trust` of the next try. What the server asks beyond the password comes as progress; see `ssh.answer`.
   */
  'ssh.signIn': call<SignedIn, AskedQuestions>()(
    v.object({
      deviceId: DeviceId,
      with: signInWith,
      remember: v.nullable(v.boolean()),
      trust: v.nullable(
        v.object({
          fingerprint: v.pipe(v.string(), v.startsWith('SHA256:'), v.maxLength(100)),
          inUserFile: v.boolean(),
        }),
      ),
      allowLegacy: v.boolean(),
    }),
  ),
  /** Answers a server's questions; null ends the sign-in. */
  'ssh.answer': call<null>()(
    v.object({
      id: v.pipe(v.string(), v.maxLength(64)),
      answers: v.nullable(v.pipe(v.array(v.pipe(v.string(), v.maxLength(1024))), v.maxLength(20))),
    }),
  ),
  /** Signs in as the last time; `SECRET_NEEDED` when something must be typed. */
  'ssh.reconnect': call<SignedIn>()(v.object({ deviceId: DeviceId })),
  /** Puts the person's public key on a device that is signed in, makes one when there is none, and tries it. */
  'ssh.installKey': call<InstalledKey>()(v.object({ deviceId: DeviceId })),
  /** The machines of the user's `~/.ssh/config`. */
  'ssh.configHosts': call<readonly ConfigHost[]>()(v.object({})),
  'ssh.signOut': call<null>()(v.object({ deviceId: DeviceId })),
} satisfies CallMap;

export const sshEvents = {} satisfies EventMap;

export type { AskedQuestions, ConfigHost, InstalledKey, SignInChoices } from '../../devices/index.ts';
