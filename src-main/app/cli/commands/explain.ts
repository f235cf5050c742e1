import { explainText, type Explanation } from '../../../network/index.ts';
import type { Command } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { networkLines } from '../network-text.ts';
import { printJson, printLines } from '../print.ts';
import { readAll } from '../terminal.ts';

/** Bytes of pasted text that are read. */
const MOST_BYTES = 4 * 1024 * 1024;

export const explain: Command = {
  help: `pi-workbench explain < FILE

Reads what ifconfig, ip addr, ip route, route or arp printed on another machine, with prompts and all, and says what its
network looks like.

  --json   the whole reading as JSON

Examples:
  ssh pi@raspberrypi.local ifconfig -a | pi-workbench explain
  pi-workbench explain --json < ifconfig.txt
`,
  options: {},
  words: [0, 0],
  async run({ terminal, json, signal }) {
    const explanation = explainText(await readAll(terminal.input, MOST_BYTES, signal));
    if (json) printJson(terminal, explanation);
    else printLines(terminal, textOf(explanation));
    return EXIT.ok;
  },
};

function textOf({ snapshot, recognised, unread }: Explanation): readonly string[] {
  const notRead = unread.length === 0 ? [] : ['', 'Not understood:', ...unread.map((line) => `  ${line}`)];
  return [`Read from ${recognised.join(', ')}.`, '', ...networkLines(snapshot), ...notRead];
}
