import { parseArgs } from 'node:util';
import { badFlag, readPort, readStartFlags, startOptions, type StartFlags } from '../start/flags.ts';

export interface BrowserFlags extends StartFlags {
  readonly open: boolean;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly help: boolean;
  readonly version: boolean;
}

export const usage = `Pi Workbench in a browser window

  npm start -- --browser [--no-open] [--port N] [--data-dir DIR] [--networks CIDR,..]

  --no-open        print the address and open nothing
  --port N         TCP port on 127.0.0.1 (default: any free one)
  --data-dir DIR   keep the app's files in DIR
  --networks LIST  search only these networks, such as 192.168.1.0/24 (default: asked in the app)
  --help, --version
`;

/** Raises `BAD_FLAG` with a sentence. */
export function readBrowserFlags(argv: readonly string[]): BrowserFlags {
  const { values } = parse(argv);
  return {
    ...readStartFlags(values),
    open: !values['no-open'],
    port: values.port === undefined ? 0 : readPort('--port', values.port),
    help: values.help ?? false,
    version: values.version ?? false,
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        ...startOptions,
        'no-open': { type: 'boolean' },
        browser: { type: 'boolean' },
        port: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean' },
      },
    });
  } catch (thrown) {
    throw badFlag(thrown instanceof Error ? thrown.message : String(thrown));
  }
}
