import type { Client } from '../../../api/client.ts';
import type { LedOrder, LedSnapshot } from '../../../led/index.ts';
import { AppError } from '../../../errors/index.ts';
import { badFlag } from '../../start/flags.ts';
import type { Command, CommandContext } from '../command.ts';
import { deviceOrOnly } from '../device-argument.ts';
import { EXIT } from '../exit-codes.ts';
import { onAbort } from '../on-abort.ts';
import { printJson, printLines } from '../print.ts';
import { signInHelp, signInOptions } from '../sign-in.ts';

const WORDS = ['on', 'off', 'toggle', 'status', 'blink', 'pulse', 'identify', 'watch'] as const;

/** A blink of this many milliseconds on and off, and a pulse as long, when none is given. */
const USUAL_MS = 500;

export const led: Command = {
  help: `pi-workbench led on|off|toggle|status|blink|pulse|identify|watch [DEVICE] [MILLISECONDS]

Switches the LED of a device through its agent, and prints the level as read back from the pin. watch prints every change by
anyone, until Ctrl+C. Without DEVICE it is the only one in your list; “practice” is this computer with a simulated LED.

  --json   the LED's whole state as JSON; a line for each change with watch
${signInHelp}
Exit code 3 when the pin does not read back what was asked for.

Examples:
  pi-workbench led on pi@raspberrypi.local
  pi-workbench led blink practice 250
  pi-workbench led watch practice --json
`,
  options: signInOptions,
  words: [1, 3],
  async run(context) {
    const [word, deviceWord, time] = context.positionals;
    const order = readOrder(word, time);
    const device = await deviceOrOnly(context, deviceWord);
    const client = await context.client();
    await connected(context, client, device.id);
    if (order === 'watch') return watch(context, client, device.id);
    const snapshot = await client.call('led.command', { deviceId: device.id, order }, { signal: context.signal });
    print(context, snapshot);
    return asWanted(order, snapshot) ? EXIT.ok : EXIT.negative;
  },
};

function readOrder(word: string | undefined, time: string | undefined): LedOrder | 'watch' {
  const kind = WORDS.find((one) => one === word);
  if (kind === undefined) throw badFlag(`“${word ?? ''}” is none of ${WORDS.join(', ')}.`);
  if (kind !== 'blink' && kind !== 'pulse') {
    if (time !== undefined) throw badFlag(`“${time}” is one word too many.`);
    return kind === 'watch' ? kind : { kind };
  }
  const milliseconds = time === undefined ? USUAL_MS : /^\d{1,6}$/.test(time) ? Number(time) : NaN;
  if (!(milliseconds > 0)) throw badFlag(`“${time ?? ''}” is not a number of milliseconds.`);
  return { kind, milliseconds };
}

/** Waits until the agent answers. Raises `NO_AGENT` and why it does not. */
async function connected(context: CommandContext, client: Client, deviceId: string): Promise<void> {
  const settled = new Promise<LedSnapshot>((resolve, reject) => {
    const take = (snapshot: LedSnapshot): void => {
      if (snapshot.deviceId === deviceId && snapshot.connection.kind !== 'connecting') resolve(snapshot);
    };
    client.on('led.changed', take);
    onAbort(context.signal, () => reject(new AppError('CANCELLED', 'Cancelled.')));
    client.call('led.watch', { deviceId }).then(take, reject);
  });
  const { connection } = await settled;
  if (connection.kind === 'waiting') throw AppError.fromData(connection.error);
  if (connection.kind === 'connected') return;
  throw new AppError('NO_AGENT', 'There is no agent on this device, so its LED cannot be switched.', {
    hint: 'Put one there with: pi-workbench deploy DEVICE',
  });
}

/** Every change, until Ctrl+C or until the agent is lost. */
async function watch(context: CommandContext, client: Client, deviceId: string): Promise<number> {
  let last = '';
  return new Promise((resolve, reject) => {
    const show = (snapshot: LedSnapshot): void => {
      if (snapshot.deviceId !== deviceId) return;
      if (snapshot.connection.kind === 'waiting') reject(AppError.fromData(snapshot.connection.error));
      const line = stateText(snapshot);
      if (line !== last) print(context, snapshot);
      last = line;
    };
    client.on('led.changed', show);
    onAbort(context.signal, () => resolve(EXIT.ok));
    client.call('led.watch', { deviceId }).then(show, reject);
  });
}

function print({ terminal, json }: CommandContext, snapshot: LedSnapshot): void {
  if (json) printJson(terminal, snapshot);
  else printLines(terminal, [stateText(snapshot)]);
  if (snapshot.pinProblem) terminal.err.write(`${snapshot.pinProblem.message} ${snapshot.pinProblem.hint}\n`);
}

function stateText({ level, activity, agent }: LedSnapshot): string {
  const doing =
    activity.kind === 'blink'
      ? `, blinking every ${activity.phaseMs} ms`
      : activity.kind === 'pulse'
        ? `, for ${activity.onMs} ms`
        : '';
  return `${level}${doing}${agent?.simulated ? ' (simulated)' : ''}`;
}

function asWanted(order: LedOrder, { level, pinProblem }: LedSnapshot): boolean {
  if (pinProblem !== null) return false;
  return order.kind === 'on' || order.kind === 'off' ? level === order.kind : level !== 'unknown';
}
