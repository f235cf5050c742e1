import type { Command } from '../target/target.ts';

const LAST_LINE = '# This is the last line.';

/**
 * A script as the input of the command that runs it, with its arguments: Dropbear takes no command line of more than 9000
 * bytes. It is read to its end before it runs, so that no program of it reads the rest. The input of a connection that is
 * cut ends early, and half a script would do half of its work: then nothing runs, and the code is 1.
 */
export function scriptAsInput(script: string, args: readonly string[]): { command: Command; input: string } {
  return {
    command: { argv: ['/bin/sh', '-c', RUN_INPUT, 'sh', ...args] },
    input: `${script}\n${LAST_LINE}\n`,
  };
}

const RUN_INPUT = `
script=$(cat)
case $script in *'${LAST_LINE}') eval "$script" ;; *) echo 'the script did not arrive whole' >&2; exit 1 ;; esac
`;
