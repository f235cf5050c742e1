import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { Signal } from '../../../src-main/events/index.ts';
import type { Command, ExecOptions, ExecResult, Target, TargetState } from '../../../src-main/target/target.ts';

/**
 * A target whose commands run here, with a PATH of the test's choice: for what a device without Python, or without
 * anything, does. Only what look-ups use is there.
 */
export function childTarget(options: { deviceId?: string; path?: string } = {}): Target {
  const refuse = (): never => {
    throw new Error('Look-ups do not use this.');
  };
  return {
    deviceId: options.deviceId ?? 'pi',
    kind: 'ssh',
    name: 'pi@raspberrypi.local',
    address: '127.0.0.1',
    user: 'pi',
    state: { kind: 'connected' } satisfies TargetState,
    stateChanges: new Signal<TargetState>(),
    exec: (command, execOptions) => execHere(command, options.path ?? process.env.PATH ?? '', execOptions),
    connect: async (host, port) => {
      const socket = connect(port, host);
      await once(socket, 'connect');
      return socket;
    },
    sudo: refuse,
    spawn: refuse,
    terminal: refuse,
    upload: refuse,
    readFile: refuse,
    home: refuse,
    dispose: async () => undefined,
  };
}

async function execHere(command: Command, path: string, options: ExecOptions = {}): Promise<ExecResult> {
  const [file = '', ...args] = 'argv' in command ? command.argv : ['/bin/sh', '-c', command.script];
  const child = spawn(file, args, { env: { PATH: path, LC_ALL: 'C' }, signal: options.signal });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  // A program may end without reading its input: that is no error of the command.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  return { code, signal, stdout, stderr };
}
