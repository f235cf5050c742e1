import { parsePin } from '../../../../pi-agent/src/board.ts';
import type { Client } from '../../../api/client.ts';
import type { DeployOptions, DeploySnapshot, JobSnapshot } from '../../../api/contract/deploy.ts';
import { AppError } from '../../../errors/index.ts';
import { badFlag } from '../../start/flags.ts';
import { oneOf, portWord, textOf, type Command, type CommandContext } from '../command.ts';
import { deviceOrOnly } from '../device-argument.ts';
import { EXIT } from '../exit-codes.ts';
import { onAbort } from '../on-abort.ts';
import { printJson } from '../print.ts';
import { signInHelp, signInOptions } from '../sign-in.ts';
import { ask } from '../terminal.ts';

const OPERATIONS = ['rollback', 'uninstall', 'start', 'stop', 'restart', 'renew-token'] as const;
type Operation = (typeof OPERATIONS)[number];

/** What the agent is told when it starts. */
export const settingsFlags = {
  pin: { type: 'string' },
  port: { type: 'string' },
  'echo-port': { type: 'string' },
  access: { type: 'string' },
  driver: { type: 'string' },
} as const;

export const settingsHelp = (usualPin: string): string =>
  `  --pin PIN          the LED's pin: GPIO27, 27 or "pin 13" (default: ${usualPin})
  --port N           the LED port (default 1234), --echo-port N the echo's (default 1235)
  --access WHO       ssh-only, local (the Pi's own networks), token, anyone (default local)
  --driver NAME      auto, onoff, gpiod, pinctrl, simulated (default auto)
`;

export const deploy: Command = {
  help: `pi-workbench deploy [DEVICE]

Puts the LED agent on a device over SSH and makes sure that it answers. What ran before is put back when anything fails; the
same version again changes nothing. Without DEVICE it is the only one in your list.

  --check            only look at the device and say what a deployment would meet
  --operation WORD   ${OPERATIONS.join(', ')}, instead of a deployment
${settingsHelp('as last time, else header pin 13')}  --service KIND     auto, system, user, plain (default auto)
  --install-node     let apt install the system's own Node.js where none runs and none can be brought (a Pi Zero or Pi 1)
  --json             each change of the work as a line of JSON
${signInHelp}
The password for sudo is asked here when the device wants it.

Examples:
  pi-workbench deploy pi@raspberrypi.local
  pi-workbench deploy practice --json
  pi-workbench deploy pi@raspberrypi.local --operation rollback
  pi-workbench deploy pi@raspberrypi.local --operation renew-token
`,
  options: {
    check: { type: 'boolean' },
    operation: { type: 'string' },
    ...settingsFlags,
    service: { type: 'string' },
    'install-node': { type: 'boolean' },
    ...signInOptions,
  },
  words: [0, 1],
  async run(context) {
    const operation = readOperation(context);
    const device = await deviceOrOnly(context, context.positionals[0]);
    const client = await context.client();
    const { options: usual } = await client.call('deploy.watch', { deviceId: device.id });
    const options = readOptions(context, usual);
    if (context.values['check']) return check(context, client, device.id, options);
    const job = await work(context, client, device.id, operation ?? options);
    return conclude(context, job);
  },
};

function readOperation(context: CommandContext): Operation | null {
  const word = textOf(context, 'operation');
  return word === '' ? null : oneOf<Operation>(context, 'operation', OPERATIONS, 'restart');
}

/** The usual options with what the flags say. Raises `BAD_FLAG`. */
export function readOptions(context: CommandContext, usual: DeployOptions): DeployOptions {
  const { settings } = usual;
  const port = (name: string, fallback: number): number => {
    const text = textOf(context, name);
    return text === '' ? fallback : portWord(text);
  };
  return {
    ...usual,
    settings: {
      ...settings,
      bcm: readPin(textOf(context, 'pin')) ?? settings.bcm,
      ledPort: port('port', settings.ledPort),
      echoPort: port('echo-port', settings.echoPort),
      access: oneOf(context, 'access', ['ssh-only', 'local', 'token', 'anyone'], settings.access),
      driver: oneOf(context, 'driver', ['auto', 'onoff', 'gpiod', 'pinctrl', 'simulated'], settings.driver),
    },
    installNode: context.values['install-node'] === true,
    service: oneOf(context, 'service', ['auto', 'system', 'user', 'plain'], usual.service),
  };
}

function readPin(text: string): number | null {
  if (text === '') return null;
  const parsed = parsePin(text);
  if (parsed.pin) return parsed.pin.bcm;
  throw badFlag(`--pin: ${parsed.problem}`);
}

async function check(
  context: CommandContext,
  client: Client,
  deviceId: string,
  options: DeployOptions,
): Promise<number> {
  const findings = await client.call('deploy.preflight', { deviceId, options }, { signal: context.signal });
  if (context.json) printJson(context.terminal, findings);
  else {
    const marks = { good: 'ok  ', warning: 'look', stop: 'STOP' };
    for (const { level, title, text, hint } of findings) {
      context.terminal.out.write(`${marks[level]} ${title}: ${text}${hint === '' ? '' : ` ${hint}`}\n`);
    }
  }
  return findings.some(({ level }) => level === 'stop') ? EXIT.negative : EXIT.ok;
}

/** Begins the work and follows it to its end; asks for sudo's password when it is wanted, and begins again. */
async function work(
  context: CommandContext,
  client: Client,
  deviceId: string,
  wish: Operation | DeployOptions,
): Promise<JobSnapshot> {
  let password: string | undefined;
  for (;;) {
    const job = await follow(context, client, deviceId, () => {
      const secret = password === undefined ? {} : { password };
      return typeof wish === 'string'
        ? client.call('deploy.operate', { deviceId, operation: wish, ...secret })
        : client.call('deploy.start', { deviceId, options: wish, ...secret });
    });
    const wanted = job.result.kind === 'failed' && job.result.error.code.startsWith('SUDO_');
    if (!wanted || !context.terminal.interactive) return job;
    if (job.result.kind === 'failed') context.terminal.err.write(`${job.result.error.message}\n`);
    password = await ask(context.terminal, 'Password for sudo on the device: ', { hidden: true });
  }
}

function follow(
  context: CommandContext,
  client: Client,
  deviceId: string,
  begin: () => Promise<DeploySnapshot>,
): Promise<JobSnapshot> {
  return new Promise((resolve, reject) => {
    let startedAt: number | null = null;
    const told = new Set<string>();
    const take = ({ deviceId: whose, job }: DeploySnapshot): void => {
      if (whose !== deviceId || job === null || startedAt === null || job.startedAt < startedAt) return;
      tell(context, job, told);
      if (job.result.kind === 'running') return;
      stop();
      resolve(job);
    };
    context.signal.throwIfAborted();
    const stop = client.on('deploy.changed', take);
    // After the end of the job it finds nothing to cancel, or no client any more, and the result counts.
    onAbort(context.signal, () => void client.call('deploy.cancel', { deviceId }).catch(reject));
    begin().then((snapshot) => {
      startedAt = snapshot.job?.startedAt ?? 0;
      take(snapshot);
    }, reject);
  });
}

/** Each step once it and those before it have ended: on standard error for a person, on standard output for a program. */
function tell({ terminal, json }: CommandContext, { steps }: JobSnapshot, told: Set<string>): void {
  for (const { id, name, state, detail, hint, durationMs } of steps) {
    if (state === 'waiting' || state === 'running') return;
    if (told.has(id)) continue;
    told.add(id);
    if (json) printJson(terminal, { step: id, state, detail, hint, durationMs });
    else {
      const time = durationMs === null ? '' : ` (${durationMs} ms)`;
      terminal.err.write(`${state.padEnd(9)} ${name}${time}${detail === '' ? '' : `: ${detail}`}\n`);
    }
  }
}

function conclude({ terminal, json }: CommandContext, { result, durationMs }: JobSnapshot): number {
  if (json) printJson(terminal, { result, durationMs });
  switch (result.kind) {
    case 'failed':
      throw AppError.fromData(result.error);
    case 'cancelled':
      terminal.err.write(`${result.note}\n`);
      return EXIT.interrupted;
    case 'done':
    case 'unchanged':
      if (!json) terminal.out.write(`${result.note}\n`);
      for (const { message, hint } of result.warnings) terminal.err.write(`${message} ${hint}\n`);
      return EXIT.ok;
    case 'running':
      return EXIT.failed;
  }
}
