import { AppError } from '../../errors/index.ts';
import { appVersion } from '../start/app-version.ts';
import { badFlag, readStartFlags } from '../start/flags.ts';
import { findResources } from '../start/resources.ts';
import { COMMAND_SUMMARIES, isCommandName, type CommandName } from './command-names.ts';
import { readTyped, type Command } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { printError } from './print.ts';
import type { LocalClient } from './local-client.ts';
import type { Terminal } from './terminal.ts';

/** Each command is a file of its own, loaded when it is used. */
const COMMANDS: Readonly<Record<CommandName, () => Promise<Command>>> = {
  discover: async () => (await import('./commands/discover.ts')).discover,
  network: async () => (await import('./commands/network.ts')).network,
  explain: async () => (await import('./commands/explain.ts')).explain,
  deploy: async () => (await import('./commands/deploy.ts')).deploy,
  ansible: async () => (await import('./commands/ansible.ts')).ansible,
  led: async () => (await import('./commands/led.ts')).led,
  send: async () => (await import('./commands/send.ts')).send,
  listen: async () => (await import('./commands/listen.ts')).listen,
  echo: async () => (await import('./commands/echo.ts')).echo,
  dns: async () => (await import('./commands/dns.ts')).dns,
  doctor: async () => (await import('./commands/doctor.ts')).doctor,
};

const overview = (): string => {
  const entries = Object.entries(COMMAND_SUMMARIES);
  const width = Math.max(...entries.map(([name]) => name.length));
  return `Pi Workbench ${appVersion}: a Raspberry Pi's network and its first LED, from the command line

  pi-workbench COMMAND [...]

${entries.map(([name, summary]) => `  ${name.padEnd(width)}  ${summary}`).join('\n')}

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
  /** Electron's `process.resourcesPath`; undefined for a bare Node. */
  readonly resourcesPath: string | undefined;
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
  { terminal, json, signal, outDir, resourcesPath }: CliSurroundings & { readonly json: boolean },
): Promise<number> {
  if (!isCommandName(name)) throw badFlag(`There is no command “${name}”.`);
  const command = await COMMANDS[name]();
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
    local ??= import('./local-client.ts').then(({ openLocalClient }) =>
      openLocalClient(flags, findResources(outDir, resourcesPath)),
    );
    return (await local).client;
  };
  try {
    return await command.run({ ...typed, terminal, json, signal, client });
  } finally {
    await (await local)?.dispose();
  }
}

/** Errors that mean "the command line cannot be used". */
const USAGE_CODES = [
  'BAD_FLAG',
  'BAD_ARGUMENT',
  'BAD_DEVICE',
  'INVALID_NAME',
  'INVALID_SERVER',
  'DEVICE_NEEDED',
  'UNKNOWN_DEVICE',
  'AMBIGUOUS_DEVICE',
];

/** Errors that mean "somebody must sign in, or may not". */
const SIGN_IN_CODES =
  /^(HOST_KEY_|SECRET_|AUTH|SIGN_IN|KEY_|NOT_INTERACTIVE|NOT_SIGNED_IN|PASSWORD_|WRONG_CREDENTIALS|SERVER_TAKES_|TOO_MANY_ATTEMPTS|AGENT_(LOCKED|EMPTY|MISSING|UNREACHABLE))/;

function conclude(thrown: unknown, terminal: Terminal, json: boolean, signal: AbortSignal): number {
  const error = AppError.from(thrown);
  if (signal.aborted || error.code === 'CANCELLED') return EXIT.interrupted;
  printError(terminal, error, json);
  if (error.code === 'UNEXPECTED' && error.cause instanceof Error) terminal.err.write(`${error.cause.stack ?? ''}\n`);
  if (USAGE_CODES.includes(error.code)) return EXIT.usage;
  return SIGN_IN_CODES.test(error.code) ? EXIT.signIn : EXIT.failed;
}
