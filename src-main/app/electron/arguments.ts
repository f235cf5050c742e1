import { parseArgs } from 'node:util';
import { badFlag, readStartFlags, startOptions, type StartFlags } from '../start/flags.ts';

export interface WindowFlags extends StartFlags {
  readonly help: boolean;
  readonly version: boolean;
}

export const usage = `Pi Workbench

  pi-workbench [--data-dir DIR] [--networks CIDR,..]

  --data-dir DIR   keep the app's files in DIR
  --networks LIST  search only these networks, such as 192.168.1.0/24 (default: asked in the app)
  --help, --version

Flags of Chromium, such as --ozone-platform=wayland, are passed on to it.
`;

const ownOptions = {
  ...startOptions,
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
} as const;

/**
 * Reads this app's flags from the whole `process.argv`. Everything else is left alone: Chromium's flags have done their
 * work before this code runs, and no argument is ever taken for a file to open. Raises `BAD_FLAG` with a sentence.
 */
export function readWindowFlags(argv: readonly string[]): WindowFlags {
  const { values } = parseArgs({ args: ownArguments(argv), options: ownOptions });
  return { ...readStartFlags(values), help: values.help ?? false, version: values.version ?? false };
}

function ownArguments(argv: readonly string[]): string[] {
  const { tokens } = parseArgs({ args: argv.slice(1), options: ownOptions, strict: false, tokens: true });
  return tokens.flatMap((token) => {
    if (token.kind !== 'option' || !Object.hasOwn(ownOptions, token.name)) return [];
    const wanted = ownOptions[token.name as keyof typeof ownOptions].type === 'string';
    if (wanted && token.value === undefined) throw badFlag(`--${token.name} needs a value.`);
    if (!wanted && token.value !== undefined) throw badFlag(`--${token.name} takes no value.`);
    return [token.value === undefined ? `--${token.name}` : `--${token.name}=${token.value}`];
  });
}
