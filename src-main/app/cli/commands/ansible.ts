import { resolve } from 'node:path';
import type { Device } from '../../../api/contract/devices.ts';
import { DEFAULT_OPTIONS, NODE_ARCHITECTURES, type NodeArchitecture } from '../../../api/deploy.ts';
import { badFlag } from '../../start/flags.ts';
import { textOf, type Command, type CommandContext } from '../command.ts';
import { findDevice } from '../device-argument.ts';
import { EXIT } from '../exit-codes.ts';
import { printJson } from '../print.ts';
import { readOptions, settingsFlags, settingsHelp } from './deploy.ts';

export const ansible: Command = {
  help: `pi-workbench ansible --to FOLDER [DEVICE...]

Writes a folder with which Ansible deploys the LED agent: an inventory, a playbook and the agent. To this app the devices then
look as if it had deployed to them itself. Without DEVICE it is for all in your list; nobody has to sign in.

  --to FOLDER        the folder to make; its README.md tells what to do with it
  --replace          replace an export that is there
  --node LIST        the Node.js that comes along for devices without one: arm64, armv7l, x64, or none
                     (default arm64,armv7l; each is about 45 MB)
${settingsHelp('header pin 13')}  --json             what was written, as a line of JSON

Examples:
  pi-workbench ansible --to class-1a
  pi-workbench ansible --to desk --node none pi@raspberrypi.local
`,
  options: {
    to: { type: 'string' },
    replace: { type: 'boolean' },
    node: { type: 'string' },
    ...settingsFlags,
  },
  words: [0, 200],
  async run(context) {
    const to = textOf(context, 'to');
    if (to === '') throw badFlag('--to FOLDER is missing.');
    const path = resolve(to);
    const options = readOptions(context, DEFAULT_OPTIONS);
    const architectures = readArchitectures(context);
    const client = await context.client();
    const devices = await chosenDevices(context);
    const told = new Set<string>();
    const { hosts } = await client.call(
      'deploy.exportForAnsible',
      {
        deviceIds: devices.map(({ id }) => id),
        options,
        architectures,
        path,
        overwrite: context.values['replace'] === true,
      },
      {
        signal: context.signal,
        onProgress: ({ fetching }) => {
          if (!told.has(fetching)) context.terminal.err.write(`Fetching ${fetching}\n`);
          told.add(fetching);
        },
      },
    );
    if (context.json) printJson(context.terminal, { path, hosts });
    else context.terminal.out.write(`${path} is for ${hosts === 1 ? '1 device' : `${hosts} devices`}.\n`);
    return EXIT.ok;
  },
};

function readArchitectures(context: CommandContext): NodeArchitecture[] {
  const text = textOf(context, 'node', 'arm64,armv7l');
  if (text === 'none') return [];
  return text.split(',').map((word) => {
    const found = NODE_ARCHITECTURES.find((architecture) => architecture === `linux-${word.trim()}`);
    if (found !== undefined) return found;
    throw badFlag(`--node: “${word}” is none of arm64, armv7l, x64, none.`);
  });
}

async function chosenDevices(context: CommandContext): Promise<readonly Device[]> {
  if (context.positionals.length === 0) {
    const client = await context.client();
    return (await client.call('devices.list', {})).devices;
  }
  const devices: Device[] = [];
  for (const word of context.positionals) devices.push(await findDevice(context, word));
  return devices;
}
