import type { LookupAnswer, LookupReport } from '../../../dns/index.ts';
import { RECORD_TYPES, type RecordType } from '../../../dns/index.ts';
import { badFlag } from '../../start/flags.ts';
import { textOf, wholeNumber, type Command, type CommandContext } from '../command.ts';
import { deviceFor } from '../device-argument.ts';
import { EXIT } from '../exit-codes.ts';
import { columns, printable, printJson, printLines } from '../print.ts';
import { signInHelp, signInOptions } from '../sign-in.ts';

export const dns: Command = {
  help: `pi-workbench dns NAME

Looks a name or an address up by every resolver side by side: this computer's own (what every program gets), its DNS servers,
and the machines themselves over mDNS. They may differ without anything being wrong.

  --type LIST      record types, such as A,MX (default: A and AAAA; PTR for an address)
  --server LIST    ask these DNS servers too, such as 9.9.9.9 or 127.0.0.1:5300
  --from DEVICE    ask from a device too, over SSH
  --only           ask nothing but what --server and --from name
  --timeout MS     milliseconds each resolver gets (default 3000)
  --networks LIST  mDNS only in these networks
  --json           the whole report as JSON
${signInHelp}
Exit code 3 when no resolver found it.

Examples:
  pi-workbench dns raspberrypi.local
  pi-workbench dns example.org --type MX --server 9.9.9.9 --json
`,
  options: {
    type: { type: 'string' },
    server: { type: 'string' },
    from: { type: 'string' },
    only: { type: 'boolean' },
    timeout: { type: 'string' },
    ...signInOptions,
  },
  words: [1, 1],
  async run(context) {
    const { terminal, json, signal, positionals, values } = context;
    const client = await context.client();
    const servers = listOf(textOf(context, 'server'));
    const from = textOf(context, 'from');
    const only = values['only'] === true;
    if (only && servers.length === 0 && from === '') throw badFlag('--only needs --server or --from.');
    const report = await client.call(
      'dns.lookup',
      {
        name: positionals[0] ?? '',
        types: readTypes(context),
        here: !only || servers.length > 0,
        deviceIds: from === '' ? [] : [(await deviceFor(context, from)).id],
        system: !only || from !== '',
        configured: !only || from !== '',
        servers,
        mdns: !only,
        timeoutMs: wholeNumber(context, 'timeout', { fallback: 3000, min: 100, max: 60_000 }),
      },
      { signal },
    );
    if (json) printJson(terminal, report);
    else printLines(terminal, linesOf(report));
    return report.outcome === 'found' ? EXIT.ok : EXIT.negative;
  },
};

const listOf = (text: string): string[] => text.split(',').flatMap((part) => part.trim() || []);

function readTypes(context: CommandContext): RecordType[] {
  return listOf(textOf(context, 'type')).map((text) => {
    const type = RECORD_TYPES.find((one) => one === text.toUpperCase());
    if (type) return type;
    throw badFlag(`--type: “${text}” is none of ${RECORD_TYPES.join(', ')}.`);
  });
}

function linesOf(report: LookupReport): readonly string[] {
  return [
    report.summary,
    '',
    ...columns([['FROM', 'RESOLVER', 'TYPE', 'ANSWER', 'TIME'], ...report.answers.flatMap((answer) => rowsOf(answer))]),
    ...(report.notes.length > 0 ? ['', ...report.notes] : []),
  ].map(printable);
}

function rowsOf(answer: LookupAnswer): string[][] {
  const time = answer.durationMs === null ? '-' : `${answer.durationMs.toFixed(1)} ms`;
  const head = [answer.origin.label, answer.resolver.label];
  if (answer.records.length === 0) return [[...head, answer.type, answer.message, time]];
  return answer.records.map(({ type, value }) => [...head, type, value, time]);
}
