import type { Duplex, Readable, Writable } from 'node:stream';
import type { Observable } from '../events/index.ts';

/**
 * What to run: `argv` is quoted word by word for the far shell; `script` is POSIX sh text, run by `sh` and never by the
 * user's login shell, so that a fish or a noisy `.bashrc` changes nothing.
 */
export type Command = { readonly argv: readonly string[] } | { readonly script: string };

export interface ExecOptions {
  /** Written to stdin, which is then closed. Without it stdin is empty. */
  readonly input?: string | Uint8Array;
  readonly signal?: AbortSignal;
  /** Milliseconds until the command is killed and `COMMAND_TIMEOUT` is raised; default 30 000. */
  readonly timeoutMs?: number;
  /** Bytes of stdout and of stderr kept each; beyond it `OUTPUT_TOO_LARGE` is raised. Default 16 MiB. */
  readonly maxOutputBytes?: number;
}

export interface ExitStatus {
  /** Exit code, or null when a signal ended it. */
  readonly code: number | null;
  /** Signal name such as `SIGTERM`, or null. */
  readonly signal: string | null;
}

/** A command that ended. A non-zero code is a result, not an error. */
export interface ExecResult extends ExitStatus {
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningProcess {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Settles when the process has ended and both outputs were read to their end. */
  readonly exited: Promise<ExitStatus>;
  kill(signal?: 'SIGTERM' | 'SIGKILL' | 'SIGINT'): void;
}

/** An interactive terminal on the target. */
export interface TerminalProcess {
  readonly io: Duplex;
  readonly exited: Promise<ExitStatus>;
  resize(columns: number, rows: number): void;
  kill(): void;
}

export interface TerminalOptions {
  readonly columns: number;
  readonly rows: number;
  /** A program to run instead of the login shell, e.g. `['python3']`. */
  readonly argv?: readonly string[];
}

/** One file to put on the target. */
export interface UploadFile {
  /** Bytes, or the path of a file on this computer. */
  readonly from: Uint8Array | { readonly path: string };
  /** Absolute POSIX path on the target. Its folder must exist. */
  readonly to: string;
  /** Permission bits, set explicitly: a server's umask never decides. */
  readonly mode: number;
}

export interface UploadProgress {
  readonly sentBytes: number;
  readonly totalBytes: number;
  /** The file being sent. */
  readonly file: string;
}

export interface UploadOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: UploadProgress) => void;
  /** Milliseconds without a byte acknowledged before `UPLOAD_STALLED` is raised; default 20 000. */
  readonly stallMs?: number;
}

export type TargetState =
  | { readonly kind: 'connected' }
  | { readonly kind: 'disconnected'; readonly code: string; readonly message: string; readonly hint: string };

/**
 * A machine one is signed in to: a Pi over SSH, or this computer as the practice device. All errors are `AppError`:
 * `DISCONNECTED`, `CANCELLED`, `COMMAND_TIMEOUT`, `OUTPUT_TOO_LARGE`, `UPLOAD_STALLED`, `UPLOAD_MISMATCH`, `DISK_FULL`,
 * `SFTP_UNAVAILABLE`.
 */
export interface Target {
  /** The id of the device this target belongs to. */
  readonly deviceId: string;
  readonly kind: 'ssh' | 'local';
  /** For messages: `pi@raspberrypi.local`, `this computer`. */
  readonly name: string;
  /** The address connected to (`127.0.0.1` for the local target): where its services are reached. */
  readonly address: string;
  readonly user: string;
  readonly state: TargetState;
  readonly stateChanges: Observable<TargetState>;

  /** Runs to the end and returns everything it printed; never rejects for a non-zero code. */
  exec(command: Command, options?: ExecOptions): Promise<ExecResult>;
  /** Like `exec` as root through sudo; see `SudoOptions` of the implementation for how a password is passed. */
  sudo(command: Command, options: ExecOptions & { readonly password?: string }): Promise<ExecResult>;
  /** Starts and streams. */
  spawn(command: Command, options?: { readonly signal?: AbortSignal }): Promise<RunningProcess>;
  terminal(options: TerminalOptions): Promise<TerminalProcess>;
  /**
   * Puts files in place one after another: temporary name (`.part`) beside it, size and SHA-256 compared on the target,
   * mode set, synced, renamed. A failed upload leaves the old file and no temporary one.
   */
  upload(files: readonly UploadFile[], options?: UploadOptions): Promise<void>;
  /** The bytes of a file on the target, or null when there is none. */
  readFile(path: string): Promise<Uint8Array | null>;
  /** The absolute home folder, asked from the target once. */
  home(): Promise<string>;
  /** A TCP connection made by the target itself (an SSH tunnel); refused and unreachable raise `AppError`. */
  connect(host: string, port: number, options?: { readonly signal?: AbortSignal }): Promise<Duplex>;
  /** Ends every channel and the connection. */
  dispose(): Promise<void>;
}

/** Finds the target of a device that is signed in. */
export interface TargetLookup {
  /** Raises `NOT_SIGNED_IN` with a hint when there is none. */
  get(deviceId: string): Target;
  find(deviceId: string): Target | undefined;
  /** Tells of every target that comes (`target`) or goes (`undefined`). */
  readonly changes: Observable<{ readonly deviceId: string; readonly target: Target | undefined }>;
}
