import { Agent } from './agent.ts';
import { describePin } from './board.ts';
import { ListenError } from './listen.ts';
import type { CommandLine } from './options.ts';
import { HELP, UsageError, parseCommandLine } from './options.ts';
import { TokenError, readToken } from './token.ts';
import { VERSION } from './version.ts';

const EXIT = { unexpected: 1, usage: 2, portInUse: 3, portClosed: 4, token: 5 } as const;

const log = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const complain = (line: string): void => {
  process.stderr.write(`led-agent: ${line}\n`);
};

async function main(): Promise<void> {
  const line = parseCommandLine(process.argv.slice(2));
  if (line === 'help') log(HELP.trimEnd());
  else if (line === 'version') log(VERSION);
  else await serve(line);
}

async function serve(line: CommandLine): Promise<void> {
  // build.mjs makes onoff, which knows no other folder than the real one, look here first.
  if (line.sysfsRoot !== '/sys') Object.assign(globalThis, { ledAgentGpioRoot: `${line.sysfsRoot}/class/gpio/` });
  const token = line.tokenFile === null ? null : readToken(line.tokenFile, log);
  const agent = new Agent({ ...line, token, log });
  stopOnSignals(agent);
  const ports = await agent.start();
  log(`led-agent ${VERSION}: ${describePin(line.pin)}, ${agent.describeDriver()}`);
  log(`ready led-port=${ports.led} echo-port=${ports.echo} access=${line.access} host=${line.host} pid=${process.pid}`);
}

function stopOnSignals(agent: Agent): void {
  const stop = (exitCode: number): void => {
    agent.stop().then(
      () => process.exit(exitCode),
      (thrown: unknown) => {
        complain(`could not end in order: ${String(thrown)}`);
        process.exit(exitCode === 0 ? EXIT.unexpected : exitCode);
      },
    );
  };
  process.on('SIGTERM', () => stop(0));
  process.on('SIGINT', () => stop(0));
  const crash = (thrown: unknown): void => {
    complain(thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown));
    stop(EXIT.unexpected);
  };
  process.on('uncaughtException', crash);
  process.on('unhandledRejection', crash);
}

// The log's reader may go away before the agent does.
process.stdout.on('error', () => undefined);
process.stderr.on('error', () => undefined);

main().catch((thrown: unknown) => {
  if (thrown instanceof UsageError) {
    complain(`${thrown.message}\nTry --help.`);
    process.exit(EXIT.usage);
  }
  if (thrown instanceof ListenError) {
    complain(thrown.message);
    process.exit(thrown.code === 'EADDRINUSE' ? EXIT.portInUse : EXIT.portClosed);
  }
  if (thrown instanceof TokenError) {
    complain(thrown.message);
    process.exit(EXIT.token);
  }
  complain(thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown));
  process.exit(EXIT.unexpected);
});
