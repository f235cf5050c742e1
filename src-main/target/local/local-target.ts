import { spawn as spawnChild, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { connect as connectSocket } from 'node:net';
import { homedir, userInfo } from 'node:os';
import type { Duplex } from 'node:stream';
import { AppError, systemCode } from '../../errors/index.ts';
import { Signal, type Observable } from '../../events/index.ts';
import { connectError } from '../connect-error.ts';
import { abortError, asText, runToEnd } from '../run-to-end.ts';
import { runSudo, type SudoOptions } from '../sudo.ts';
import type {
  Command,
  ExecOptions,
  ExecResult,
  ExitStatus,
  RunningProcess,
  Target,
  TargetState,
  TerminalOptions,
  TerminalProcess,
  UploadFile,
  UploadOptions,
} from '../target.ts';
import { localEnvironment } from './environment.ts';
import { openLocalTerminal } from './terminal.ts';
import { uploadHere } from './upload-here.ts';

export interface LocalTargetOptions {
  readonly deviceId: string;
  /** Where `home()` is and commands start; default the user's home folder. */
  readonly home?: string;
  /** Variables put over this process's own, such as another PATH. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** This computer, behind the same interface as a Pi over SSH. It needs `/bin/sh`, so Linux or macOS. */
export class LocalTarget implements Target {
  readonly deviceId: string;
  readonly kind = 'local';
  readonly name = 'this computer';
  readonly address = '127.0.0.1';
  readonly user = userInfo().username;
  readonly state: TargetState = { kind: 'connected' };
  readonly stateChanges: Observable<TargetState> = new Signal<TargetState>();
  readonly #home: string;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #running = new Set<RunningProcess>();

  constructor(options: LocalTargetOptions) {
    this.deviceId = options.deviceId;
    this.#home = options.home ?? homedir();
    this.#environment = options.environment ?? {};
  }

  async exec(command: Command, options: ExecOptions = {}): Promise<ExecResult> {
    return asText(await runToEnd(await this.spawn(command), options));
  }

  sudo(command: Command, options: SudoOptions = {}): Promise<ExecResult> {
    return runSudo((inner, spawnOptions) => this.spawn(inner, spawnOptions), command, options);
  }

  async spawn(command: Command, options: { readonly signal?: AbortSignal } = {}): Promise<RunningProcess> {
    assertPosix();
    const { signal } = options;
    if (signal?.aborted) throw abortError(signal);
    // Through sh, as over SSH: a program that is not there ends with 127, and does not throw.
    const args = 'script' in command ? ['-c', command.script] : ['-c', 'exec "$@"', 'sh', ...command.argv];
    const child = spawnChild('/bin/sh', args, {
      cwd: this.#home,
      env: localEnvironment(this.#environment),
      stdio: 'pipe',
      // A process group of its own, so that what the command started ends with it.
      detached: true,
    });
    const running = await this.#track(child);
    const onAbort = (): void => running.kill('SIGTERM');
    signal?.addEventListener('abort', onAbort, { once: true });
    void running.exited.finally(() => signal?.removeEventListener('abort', onAbort));
    return running;
  }

  async terminal(options: TerminalOptions): Promise<TerminalProcess> {
    assertPosix();
    return openLocalTerminal(options, this.#home, (command) => this.spawn(command));
  }

  upload(files: readonly UploadFile[], options: UploadOptions = {}): Promise<void> {
    return uploadHere(files, options);
  }

  async readFile(path: string): Promise<Uint8Array | null> {
    try {
      return await readFile(path);
    } catch (thrown) {
      const code = systemCode(thrown);
      if (code === 'ENOENT' || code === 'ENOTDIR') return null;
      throw new AppError(code ?? 'READ_FAILED', `The file ${path} cannot be read on this computer.`, {
        hint: 'Check its permissions.',
        cause: thrown,
      });
    }
  }

  home(): Promise<string> {
    return Promise.resolve(this.#home);
  }

  connect(host: string, port: number, options: { readonly signal?: AbortSignal } = {}): Promise<Duplex> {
    const { signal } = options;
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(abortError(signal));
        return;
      }
      const socket = connectSocket({ host, port, noDelay: true });
      const settle = (act: () => void): void => {
        signal?.removeEventListener('abort', onAbort);
        socket.removeListener('error', onError);
        act();
      };
      const onAbort = (): void => settle(() => (socket.destroy(), reject(abortError(signal))));
      const onError = (error: Error): void =>
        settle(() => reject(connectError(systemCode(error) ?? 'UNREACHABLE', host, port, error)));
      signal?.addEventListener('abort', onAbort, { once: true });
      socket.once('error', onError);
      socket.once('connect', () => settle(() => resolve(socket)));
    });
  }

  /** Ends what still runs here; a service that was set free of its parent stays. */
  async dispose(): Promise<void> {
    const running = [...this.#running];
    for (const one of running) one.kill('SIGKILL');
    await Promise.all(running.map((one) => one.exited));
  }

  async #track(child: ChildProcessWithoutNullStreams): Promise<RunningProcess> {
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', (error) => reject(noShell(error)));
    });
    const exited = new Promise<ExitStatus>((resolve) => {
      child.once('close', (code, signal) => resolve({ code, signal }));
    });
    const { stdin, stdout, stderr } = child;
    const running: RunningProcess = { stdin, stdout, stderr, exited, kill: (signal) => killGroup(child, signal) };
    this.#running.add(running);
    void exited.finally(() => this.#running.delete(running));
    return running;
  }
}

function killGroup(child: ChildProcessWithoutNullStreams, signal: NodeJS.Signals = 'SIGTERM'): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (thrown) {
    if (systemCode(thrown) !== 'ESRCH') throw thrown;
  }
}

function assertPosix(): void {
  if (process.platform !== 'win32') return;
  throw new AppError('LOCAL_UNSUPPORTED', 'The practice device works on Linux and macOS only.', {
    hint: 'Sign in to a Raspberry Pi instead: that works from Windows too.',
  });
}

function noShell(cause: unknown): AppError {
  return new AppError('LOCAL_SHELL_MISSING', 'This computer could not start /bin/sh.', {
    hint: 'Check that /bin/sh exists and that this computer is not out of memory or processes.',
    cause,
  });
}
