import type { Device } from '../../api/contract/devices.ts';
import { AppError } from '../../errors/index.ts';
import type { CommandContext } from './command.ts';
import { signIn } from './sign-in.ts';

/**
 * The device that a word of the command line means, signed in: an id, a label or a host of the list, or `user@host[:port]`,
 * which joins the list when it is new. Raises `UNKNOWN_DEVICE`, `AMBIGUOUS_DEVICE`, `BAD_DEVICE` and what a sign-in raises.
 */
export async function deviceFor(context: CommandContext, word: string): Promise<Device> {
  return signedInDevice(context, (await findDevice(context, word)).id);
}

/** The same; without a word, the only device of the list. Raises `DEVICE_NEEDED` too. */
export async function deviceOrOnly(context: CommandContext, word: string | undefined): Promise<Device> {
  return signedInDevice(context, (await findDevice(context, word)).id);
}

/** The device that a word means, or the only one of the list, without signing in. */
export async function findDevice(context: CommandContext, word: string | undefined): Promise<Device> {
  const client = await context.client();
  const { devices } = await client.call('devices.list', {});
  if (word !== undefined) return inList(devices, word) ?? (await client.call('devices.add', readAddress(word)));
  const [only, ...more] = devices.filter(({ kind }) => kind === 'ssh');
  if (only && more.length === 0) return only;
  throw new AppError(
    'DEVICE_NEEDED',
    only ? 'There is more than one device in your list.' : 'Your list has no device yet.',
    {
      hint: 'Name one: user@host, or “practice” for this computer with a simulated LED.',
    },
  );
}

/** Signs in, asking for what is missing, and gives the device. Raises what a sign-in raises. */
export async function signedInDevice(context: CommandContext, deviceId: string): Promise<Device> {
  const client = await context.client();
  const { devices } = await client.call('devices.list', {});
  const device = devices.find(({ id }) => id === deviceId);
  if (!device) throw new AppError('UNKNOWN_DEVICE', 'This device is no longer in the list.');
  await signIn(context, client, device);
  return device;
}

function inList(devices: readonly Device[], word: string): Device | undefined {
  const exact = devices.find(({ id }) => id === word);
  if (exact) return exact;
  const [host = '', user] = word.split('@').toReversed();
  const lower = host.toLowerCase();
  const matching = devices.filter(
    (device) =>
      device.kind === 'ssh' &&
      (user === undefined || device.user === user) &&
      (device.host.toLowerCase() === lower ||
        (user === undefined && device.label.toLowerCase() === word.toLowerCase())),
  );
  if (matching.length < 2) return matching[0];
  throw new AppError('AMBIGUOUS_DEVICE', `“${word}” means ${matching.length} devices of your list.`, {
    hint: `Say which: ${matching.map((device) => `${device.user}@${device.host}:${device.port} (${device.id})`).join(', ')}.`,
  });
}

/** `user@host`, `user@host:2222`, `user@[fe80::1%eth0]:22`. */
export function readAddress(word: string): {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly label: string;
} {
  const match = /^([^@]+)@(?:\[([^\]]+)\]|([^:]+|[^@]*:[^@]*:[^@]*))(?::(\d{1,5}))?$/.exec(word);
  const host = match?.[2] ?? match?.[3];
  if (!match || host === undefined) {
    throw new AppError('UNKNOWN_DEVICE', `“${word}” is no device of your list.`, {
      hint: 'Write user@host to reach one that is not in it, such as pi@raspberrypi.local.',
    });
  }
  return { host, port: match[4] === undefined ? 22 : Number(match[4]), user: match[1] ?? '', label: '' };
}
