import { renderIfconfig } from '../../../network/index.ts';
import type { Command } from '../command.ts';
import { deviceFor } from '../device-argument.ts';
import { EXIT } from '../exit-codes.ts';
import { networkLines } from '../network-text.ts';
import { printJson, printLines } from '../print.ts';
import { signInHelp, signInOptions } from '../sign-in.ts';

export const network: Command = {
  help: `pi-workbench network [DEVICE]

Reads the network of a device over SSH: its five words (MAC, IP, DNS, gateway, subnet mask) and every interface. Without a
device, and for “practice”, the network of this computer.

DEVICE is a label or id of your list, a host, or user@host[:port].

  --ifconfig   as ifconfig -a prints it
  --json       the whole reading as JSON
${signInHelp}
Examples:
  pi-workbench network
  pi-workbench network pi@raspberrypi.local --ifconfig
`,
  options: { ifconfig: { type: 'boolean' }, ...signInOptions },
  words: [0, 1],
  async run(context) {
    const { terminal, json, signal, positionals, values } = context;
    const client = await context.client();
    const [word] = positionals;
    const deviceId = word === undefined ? null : (await deviceFor(context, word)).id;
    const snapshot = await client.call('network.read', { deviceId }, { signal });
    if (json) printJson(terminal, snapshot);
    else if (values['ifconfig']) terminal.out.write(`${renderIfconfig(snapshot.interfaces)}\n`);
    else printLines(terminal, networkLines(snapshot));
    return EXIT.ok;
  },
};
