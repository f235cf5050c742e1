import { AppError } from '../../errors/index.ts';
import { appVersion } from '../start/app-version.ts';
import { badFlag, readStartFlags } from '../start/flags.ts';
import { readTyped, type Command } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { printError } from './print.ts';
import type { LocalClient } from './local-client.ts';
import type { Terminal } from './terminal.ts';

/** Each command is a file of its own, loaded when it is used. */
const COMMANDS: Readonly<Record<string, { readonly summary: string; readonly load: () => Promise<Command> }>> = {
  discover: {
    summary: 'find devices in the networks of this computer',
    load: async () => (await import('./commands/discover.ts')).discover,
  },
  network: {
    summary: 'read the network of a device, or of this computer',
    load: async () => (await import('./commands/network.ts')).network,
  },
  explain: {
    summary: 'read the text of ifconfig, ip, route or arp from standard input',
    load: async () => (await import('./commands/explain.ts')).explain,
  },
  deploy: {
    summary: 'put the LED agent on a device, or look after it there',
    load: async () => (await import('./commands/deploy.ts')).deploy,
  },
  led: {
    summary: 'switch the LED of a device, or watch it',
    load: async () => (await import('./commands/led.ts')).led,
  },
  send: {
    summary: 'send bytes to a TCP or UDP port and print what comes back',
    load: async () => (await import('./commands/send.ts')).send,
  },
  listen: {
    summary: 'listen on a TCP or UDP port and print what arrives',
    load: async () => (await import('./commands/listen.ts')).listen,
  },
  echo: {
    summary: 'measure round trips to an echo service, and whether every byte comes back',
    load: async () => (await import('./commands/echo.ts')).echo,
  },
  dns: {
    summary: 'look a name or an address up, by every resolver there is',
    load: async () => (await import('./commands/dns.ts')).dns,
  },
  doctor: {
    summary: 'say which link between here and the LED is broken, and what to do',
    load: async () => (await import('./commands/doctor.ts')).doctor,
  },
};

const overview = (): string => {
  const names = Object.keys(COMMANDS);
  const width = Math.max(...names.map((name) => name.length));
  return `Pi Workbench ${appVersion}: a Raspberry Pi's network and its first LED, from the command line

  pi-workbench COMMAND [...]

${names.map((name) => `  ${name.padEnd(width)}  ${COMMANDS[name]?.summary ?? ''}`).join('\n')}

Every command has --help, and --json for scripts. Common options:
  --data-dir DIR   keep the app's files in DIR
  --networks LIST  search only these networks, such as 192.168.1.0/24

Exit codes: 0 done, 1 failed, 2 wrong use, 3 done and the answer is no, 4 sign-in refused, 130 stopped by Ctrl+C.
`;
};

export interface CliSurroundings {
  readonly terminal: Terminal;
  /** Aborted at Ctrl+C. */
  readonly signal: AbortSignal;
  /** The built `out` folder. */
  readonly outDir: string;
}

/** Runs one command line. Gives the exit code; raises nothing. */
export async function runCli(argv: readonly string[], surroundings: CliSurroundings): Promise<number> {
  const { terminal, signal } = surroundings;
  const json = argv.includes('--json');
  try {
    const [name, ...rest] = argv;
    if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
      const target = name === undefined ? terminal.err : terminal.out;
      target.write(overview());
      return name === undefined ? EXIT.usage : EXIT.ok;
    }
    if (name === '--version') {
      terminal.out.write(`${appVersion}\n`);
      return EXIT.ok;
    }
    return await runCommand(name, rest, { ...surroundings, json });
  } catch (thrown) {
    return conclude(thrown, terminal, json, signal);
  }
}

async function runCommand(
  name: string,
  argv: readonly string[],
  { terminal, json, signal, outDir }: CliSurroundings & { readonly json: boolean },
): Promise<number> {
  const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!entry) throw badFlag(`There is no command “${name}”.`);
  const command = await entry.load();
  const typed = readTyped(argv, command);
  if (typed.values['help']) {
    terminal.out.write(command.help);
    return EXIT.ok;
  }
  const flags = readStartFlags({
    'data-dir': typed.values['data-dir'] as string | undefined,
    networks: typed.values['networks'] as string | undefined,
  });
  let local: Promise<LocalClient> | undefined;
  const client = async () => {
    local ??= import('./local-client.ts').then(({ openLocalClient }) => openLocalClient(flags, outDir));
    return (await local).client;
  };
  try {
    return await command.run({ ...typed, terminal, json, signal, client });
  } finally {
    await (await local)?.dispose();
  }
}

/** Errors that mean "somebody must sign in, or may not". */
const SIGN_IN_CODES =
  /^(HOST_KEY_|SECRET_|AUTH|SIGN_IN|KEY_|NOT_INTERACTIVE|NOT_SIGNED_IN|PASSWORD_|AGENT_(LOCKED|EMPTY|MISSING))/;

function conclude(thrown: unknown, terminal: Terminal, json: boolean, signal: AbortSignal): number {
  const error = AppError.from(thrown);
  if (signal.aborted || error.code === 'CANCELLED') return EXIT.interrupted;
  printError(terminal, error, json);
  if (error.code === 'UNEXPECTED' && error.cause instanceof Error) terminal.err.write(`${error.cause.stack ?? ''}\n`);
  if (error.code === 'BAD_FLAG' || ['BAD_ARGUMENTS', 'DEVICE_NEEDED'].includes(error.code)) return EXIT.usage;
  return SIGN_IN_CODES.test(error.code) ? EXIT.signIn : EXIT.failed;
}
