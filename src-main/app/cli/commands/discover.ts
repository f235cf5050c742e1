import type { Client } from '../../../api/client.ts';
import type { FoundDevice, FoundList, SearchNetwork } from '../../../api/contract/discovery.ts';
import { AppError } from '../../../errors/index.ts';
import { portWord, textOf, wholeNumber, type Command, type CommandContext } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { onAbort } from '../on-abort.ts';
import { columns, printable, printJson, printLines } from '../print.ts';

export const discover: Command = {
  help: `pi-workbench discover

Finds devices: by mDNS, in the neighbour table, in ~/.ssh/config, and by asking every address of the networks of this
computer for SSH (never more than 64 at a time). The likeliest Raspberry Pi comes first. VPN, Docker and virtual networks are
left out unless --networks names them.

  --networks LIST    search exactly these, such as 192.168.1.0/24; nothing is sent anywhere else
  --no-search        send no probes: only mDNS and what this computer knows already
  --wait SECONDS     how long to listen to mDNS at least (default 3)
  --name NAME        the name of the Pi, if it is not raspberrypi
  --ssh-port N       the port asked for SSH (default 22)
  --agent-port N     the port asked for the agent (default 1234)
  --large            agree to a search of more than 4096 addresses
  --pis              print only what may be a Raspberry Pi
  --json             one JSON object: search, sources and devices

What is only known, from ~/.ssh/config or the list of devices, is "not heard". Exit code 3 when nothing that answers was found.

Examples:
  pi-workbench discover
  pi-workbench discover --networks 192.168.1.0/24 --json
`,
  options: {
    'no-search': { type: 'boolean' },
    wait: { type: 'string' },
    name: { type: 'string' },
    'ssh-port': { type: 'string' },
    'agent-port': { type: 'string' },
    large: { type: 'boolean' },
    pis: { type: 'boolean' },
  },
  words: [0, 0],
  async run(context) {
    const { terminal, json, values } = context;
    const client = await context.client();
    const list = await find(context, client);
    const devices = list.devices.filter(({ likelihood }) => !values['pis'] || likelihood !== 'unknown');
    const answers = devices.some(({ presence }) => presence === 'here');
    if (json) printJson(terminal, { search: list.search, sources: list.sources, devices });
    else {
      printLines(terminal, rows(devices));
      const notes = [...list.search.warnings, ...list.sources.flatMap(({ reason }) => reason || [])];
      for (const note of notes) terminal.err.write(`${note}\n`);
      if (!answers) terminal.err.write('Nothing that answers was found. Is the Pi on, and in the same network?\n');
    }
    if (context.signal.aborted) return EXIT.interrupted;
    return answers ? EXIT.ok : EXIT.negative;
  },
};

/** Listens and searches until both are done, or until Ctrl+C: then what was found so far is given. */
async function find(context: CommandContext, client: Client): Promise<FoundList> {
  const { signal, values } = context;
  const waitSeconds = wholeNumber(context, 'wait', { fallback: 3, min: 0, max: 3600 });
  const watching = new AbortController();
  const watch = client.call('discovery.watch', {}, { signal: watching.signal });
  try {
    const listened = pause(waitSeconds * 1000, signal);
    if (!values['no-search']) await search(context, client);
    await listened;
    const list = await client.call('discovery.list', {});
    return list.search.phase === 'running' ? await client.call('discovery.stop', {}) : list;
  } finally {
    watching.abort();
    await watch;
  }
}

async function search(context: CommandContext, client: Client): Promise<void> {
  const { signal, terminal, json, values } = context;
  const networks = networksToSearch(await client.call('discovery.networks', {}), values['large'] === true);
  if (networks.length === 0) {
    throw new AppError('NO_NETWORK', 'This computer is in no network that could be searched.', {
      hint: 'Connect a cable or Wi-Fi, or name a network with --networks.',
    });
  }
  const ended = new Promise<void>((resolve) => {
    client.on('discovery.changed', ({ search: { phase } }) => {
      if (phase === 'done' || phase === 'stopped') resolve();
    });
    onAbort(signal, resolve);
  });
  const { search: started } = await client
    .call('discovery.start', {
      networks,
      large: values['large'] === true,
      sshPort: values['ssh-port'] === undefined ? 22 : portWord(textOf(context, 'ssh-port')),
      agentPort: values['agent-port'] === undefined ? 1234 : portWord(textOf(context, 'agent-port')),
      name: textOf(context, 'name'),
    })
    .catch(withWayToAgree);
  if (!json) terminal.err.write(`Asking ${started.total} addresses in ${networks.join(', ')} ...\n`);
  await ended;
}

/** Large networks only where they were agreed to, or where there is nothing else: then the search itself refuses them. */
function networksToSearch(networks: readonly SearchNetwork[], agreed: boolean): string[] {
  const ticked = networks.filter((network) => network.ticked);
  const chosen = agreed || ticked.length === 0 ? networks.filter(({ nearby }) => nearby) : ticked;
  return chosen.map(({ cidr }) => cidr);
}

/** Nobody is asked on a command line: what has to be confirmed is refused, with the option that confirms it. */
function withWayToAgree(thrown: unknown): never {
  const error = AppError.from(thrown);
  if (error.code !== 'LARGE_SEARCH') throw thrown;
  throw error.with({ hint: 'Name a smaller part with --networks, or agree to it with --large.' });
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    onAbort(signal, () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

function rows(devices: readonly FoundDevice[]): readonly string[] {
  if (devices.length === 0) return [];
  return columns([
    ['DEVICE', 'ADDRESS', 'MAC', 'RASPBERRY PI', 'BECAUSE'],
    ...devices.map(({ title, addresses, mac, likelihood, evidence, presence }) => [
      printable(title),
      addresses[0]?.address ?? '-',
      mac ?? '-',
      presence === 'here' ? likelihood : `${likelihood}, not heard`,
      printable(evidence.map(({ text }) => text).join('; ')),
    ]),
  ]);
}
