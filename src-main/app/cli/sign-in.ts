import type { Calls } from '../../api/contract.ts';
import type { ArgsOf } from '../../api/definition.ts';
import type { Device } from '../../api/contract/devices.ts';
import type { AskedQuestions } from '../../api/contract/ssh.ts';
import type { Client } from '../../api/client.ts';
import { AppError } from '../../errors/index.ts';
import { badFlag } from '../start/flags.ts';
import { textOf, type CommandContext } from './command.ts';
import { printable } from './print.ts';
import { ask } from './terminal.ts';

type Request = ArgsOf<Calls['ssh.signIn']>;
type Means = Request['with'];

export const signInOptions = {
  key: { type: 'string' },
  agent: { type: 'boolean' },
  password: { type: 'boolean' },
  'accept-host-key': { type: 'string' },
} as const;

export const signInHelp = `
Signing in: with what worked last, else ssh-agent, the keys in ~/.ssh, then a password asked here. To choose:
  --agent               ssh-agent
  --key FILE            a private key; its passphrase is asked here
  --password            a password, asked here and never shown; there is no way to write it on the command line
  --accept-host-key SHA256:...   the fingerprint that a device you never met must have; without it you are asked
`;

/** Signs in to a device, asking on the terminal for what is missing. Raises what a sign-in raises. */
export async function signIn(context: CommandContext, client: Client, device: Device): Promise<void> {
  if (device.kind === 'practice' || device.connection.kind === 'signed-in') return;
  let last: unknown = null;
  for (const means of await meansToTry(context, client, device)) {
    try {
      await signInBy(context, client, device, means);
      return;
    } catch (thrown) {
      last = thrown;
      if (!triesOn(AppError.from(thrown))) throw thrown;
    }
  }
  throw last ?? new AppError('SIGN_IN_IMPOSSIBLE', 'There is no way to sign in here.');
}

/** What is tried, in order: what was asked for, else what can be had without typing, and a password last. */
async function meansToTry(
  { values, ...typed }: CommandContext,
  client: Client,
  device: Device,
): Promise<readonly Means[]> {
  const key = textOf({ values, ...typed }, 'key');
  const asked = [key !== '', values['agent'] === true, values['password'] === true].filter(Boolean).length;
  if (asked > 1) throw badFlag('Choose one of --key, --agent and --password.');
  if (key !== '') return [{ kind: 'key', path: key, passphrase: null }];
  if (values['agent']) return [{ kind: 'agent' }];
  if (values['password']) return [{ kind: 'password', password: null }];
  const choices = await client.call('ssh.choices', { deviceId: device.id });
  const keys = [choices.keyPath, ...choices.keys].filter((path, at, all) => path !== null && all.indexOf(path) === at);
  const silent: Means[] = [
    ...(choices.agentProblem === null ? [{ kind: 'agent' as const }] : []),
    ...keys.flatMap((path) => (path === null ? [] : { kind: 'key' as const, path, passphrase: null })),
  ];
  const lastUsed = silent.filter(({ kind }) => kind === choices.method);
  const password: Means = { kind: 'password', password: null };
  if (device.lastUsedAt !== null && choices.method === 'password') return [password];
  return [...lastUsed, ...silent.filter((means) => !lastUsed.includes(means)), password];
}

/** True for a refusal of one means that leaves another to be tried. */
function triesOn({ code }: AppError): boolean {
  return (
    !['CANCELLED', 'NOT_INTERACTIVE', 'HOST_KEY_CHANGED', 'HOST_KEY_NEW', 'HOST_KEY_REFUSED'].includes(code) &&
    !/^E[A-Z]/.test(code)
  );
}

async function signInBy(context: CommandContext, client: Client, device: Device, means: Means): Promise<void> {
  let trust: Request['trust'] = null;
  let using = means.kind === 'password' ? await withPassword(context, device, means) : means;
  for (;;) {
    try {
      await client.call(
        'ssh.signIn',
        { deviceId: device.id, with: using, remember: false, trust, allowLegacy: false },
        {
          signal: context.signal,
          onProgress: (asked) => {
            answerQuestions(context, client, asked).catch(() => {
              void client.call('ssh.answer', { id: asked.id, answers: null });
            });
          },
        },
      );
      return;
    } catch (thrown) {
      const error = AppError.from(thrown);
      if (error.code === 'HOST_KEY_NEW' && trust === null) trust = await acceptHostKey(context, error);
      else if (needsPassphrase(error) && using.kind === 'key' && context.terminal.interactive) {
        const passphrase = await ask(context.terminal, `Passphrase of ${using.path}: `, { hidden: true });
        using = { ...using, passphrase };
      } else throw thrown;
    }
  }
}

const needsPassphrase = ({ code }: AppError): boolean =>
  code === 'KEY_NEEDS_PASSPHRASE' || code === 'KEY_WRONG_PASSPHRASE';

async function withPassword({ terminal }: CommandContext, device: Device, means: Means): Promise<Means> {
  if (means.kind !== 'password') return means;
  const password = await ask(terminal, `Password of ${device.user}@${device.host}: `, { hidden: true });
  return { kind: 'password', password };
}

/** The first contact: the fingerprint must be the one given, or somebody must say yes to it. */
async function acceptHostKey(context: CommandContext, error: AppError): Promise<Request['trust']> {
  const fingerprint = String(error.details?.['fingerprint'] ?? '');
  const expected = textOf(context, 'accept-host-key');
  if (expected !== '') {
    if (expected === fingerprint) return { fingerprint, inUserFile: false };
    throw new AppError('HOST_KEY_REFUSED', `The device has the host key ${fingerprint}, not the one given.`, {
      hint: 'Make sure that you reach the right device. Its own screen shows the fingerprint with: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub',
    });
  }
  const { terminal } = context;
  if (!terminal.interactive) {
    const hint = `If it is your device's key, run it again with --accept-host-key ${fingerprint}`;
    throw error.with({ hint });
  }
  terminal.err.write(`${printable(error.message)}\nFingerprint: ${fingerprint}\n`);
  const answer = await ask(terminal, 'Is this your device? Type yes to go on: ', { hidden: false });
  if (answer.trim().toLowerCase() === 'yes') return { fingerprint, inUserFile: false };
  throw new AppError('HOST_KEY_REFUSED', 'The device was not trusted, so nothing was sent to it.');
}

async function answerQuestions(
  { terminal }: CommandContext,
  client: Client,
  { id, questions }: AskedQuestions,
): Promise<void> {
  const answers: string[] = [];
  for (const { text, echo } of questions) answers.push(await ask(terminal, printable(text), { hidden: !echo }));
  await client.call('ssh.answer', { id, answers });
}
