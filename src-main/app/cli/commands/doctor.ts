import type { DoctorStep } from '../../../api/contract/doctor.ts';
import { AppError } from '../../../errors/index.ts';
import type { Command, CommandContext } from '../command.ts';
import { findDevice, signedInDevice } from '../device-argument.ts';
import { EXIT } from '../exit-codes.ts';
import { columns, printable, printJson } from '../print.ts';
import { signInHelp, signInOptions } from '../sign-in.ts';

export const doctor: Command = {
  help: `pi-workbench doctor [DEVICE]

Goes along the chain from this computer to the LED: name, route, neighbour, SSH, host key, sign-in, then on the device: link,
address, gateway, DNS, clock, power, disk, and the agent up to the pin. Names the link that is broken, and what to do. When
signing in does not work, the links up to it are looked at all the same. Without DEVICE it is the only one in your list.

  --switch-led   really switch the LED on and off at the end
  --no-sign-in   look only from this computer
  --report       print the report for a forum: user names, keys and public addresses are replaced
  --json         the whole report as JSON
${signInHelp}
Exit code 3 when a link is broken.

Examples:
  pi-workbench doctor pi@raspberrypi.local
  pi-workbench doctor --report > report.txt
`,
  options: {
    'switch-led': { type: 'boolean' },
    'no-sign-in': { type: 'boolean' },
    report: { type: 'boolean' },
    ...signInOptions,
  },
  words: [0, 1],
  async run(context) {
    const { terminal, json, signal, values } = context;
    const client = await context.client();
    const device = await findDevice(context, context.positionals[0]);
    if (!values['no-sign-in']) await tryToSignIn(context, device.id);
    const quiet = json || values['report'] === true;
    const told = new Set<string>();
    const report = await client.call(
      'doctor.run',
      { deviceId: device.id, switchLed: values['switch-led'] === true },
      { signal, onProgress: (step) => (quiet ? undefined : tell(context, step, told)) },
    );
    if (json) printJson(terminal, report);
    else if (values['report']) terminal.out.write(report.text);
    else {
      for (const step of report.steps) tell(context, step, told);
      terminal.out.write(`\n${printable(report.summary)}\n`);
    }
    return report.broken === null ? EXIT.ok : EXIT.negative;
  },
};

/** A sign-in that fails is a link of the chain: the doctor says which, so it is only mentioned here. */
async function tryToSignIn(context: CommandContext, deviceId: string): Promise<void> {
  try {
    await signedInDevice(context, deviceId);
  } catch (thrown) {
    const error = AppError.from(thrown);
    if (error.code === 'CANCELLED') throw error;
    if (!context.json) context.terminal.err.write(`Not signed in: ${printable(error.message)}\n`);
  }
}

const MARKS: Readonly<Record<DoctorStep['state'], string>> = {
  good: 'ok',
  warning: 'look',
  bad: 'FAIL',
  unknown: '?',
  skipped: '-',
  running: '',
  waiting: '',
};

/** A link once it has been looked at. */
function tell({ terminal }: CommandContext, { id, title, state, text, advice }: DoctorStep, told: Set<string>): void {
  const mark = MARKS[state];
  if (mark === '' || told.has(id)) return;
  told.add(id);
  const [line = ''] = columns([[mark.padEnd(4), title.padEnd(34), text]]);
  terminal.out.write(`${printable(line)}\n`);
  if (advice !== '' && (state === 'bad' || state === 'warning')) terminal.out.write(`      ${printable(advice)}\n`);
}
