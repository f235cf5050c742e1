import { posix } from 'node:path';
import type { SFTPWrapper } from 'ssh2';
import { AppError } from '../../errors/index.ts';
import { quote } from '../quote.ts';
import { abortError } from '../run-to-end.ts';
import type { Command, ExecOptions, ExecResult, RunningProcess, UploadFile, UploadOptions } from '../target.ts';
import { PLACE_EXIT, placeScript, removeScript } from '../upload/place-script.ts';
import { prepareFiles, type PreparedFile } from '../upload/prepared-file.ts';
import { diskFull, saysDiskFull, uploadFailed, uploadMismatch, uploadStalled } from '../upload/upload-error.ts';
import { commandSender } from './command-sender.ts';
import { sftpSender, type SendFile } from './sftp-sender.ts';
import { StallWatch } from './stall-watch.ts';
import { untilAborted } from './until-aborted.ts';

/** What an upload needs of the connection. */
export interface UploadChannel {
  /** The machine's name in messages. */
  readonly name: string;
  sftp(signal: AbortSignal): Promise<SFTPWrapper>;
  spawn(command: Command, signal: AbortSignal): Promise<RunningProcess>;
  exec(command: Command, options?: ExecOptions): Promise<ExecResult>;
  lost(): AppError | null;
}

const DEFAULT_STALL_MS = 20_000;
/** Comparing and syncing a large file on a slow SD card takes a while. */
const PLACE_MS = 120_000;
const CLEAN_UP_MS = 5_000;

/** Sends files over SFTP, or through a command where the server has none; see `Target.upload` for what it keeps. */
export async function uploadThere(
  there: UploadChannel,
  files: readonly UploadFile[],
  options: UploadOptions,
): Promise<void> {
  if (files.length === 0) return;
  await new Upload(there, await prepareFiles(files), options).run();
}

class Upload {
  readonly #there: UploadChannel;
  readonly #files: readonly PreparedFile[];
  readonly #options: UploadOptions;
  readonly #stop = new AbortController();
  readonly #totalBytes: number;
  #sentBytes = 0;
  #current: PreparedFile;

  constructor(there: UploadChannel, files: readonly PreparedFile[], options: UploadOptions) {
    this.#there = there;
    this.#files = files;
    this.#options = options;
    this.#totalBytes = files.reduce((sum, { size }) => sum + size, 0);
    this.#current = files[0] as PreparedFile;
  }

  async run(): Promise<void> {
    const { signal } = this.#options;
    if (signal?.aborted) throw abortError(signal);
    const onAbort = (): void => this.#stop.abort(abortError(signal));
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      // Hashed while they are on the way, which costs hardly any time of its own.
      const [hashes] = await Promise.all([Promise.all(this.#files.map((file) => file.hash())), this.#send()]);
      await this.#place(hashes);
    } catch (thrown) {
      this.#stop.abort(thrown);
      const error = await this.#inWords(thrown);
      await this.#removeParts();
      throw error;
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  async #send(): Promise<void> {
    const { sftp, send } = await this.#sender();
    const stallMs = this.#options.stallMs ?? DEFAULT_STALL_MS;
    const watch = new StallWatch(stallMs, () => this.#stop.abort(this.#stalled(stallMs)));
    const onBytes = (bytes: number): void => {
      watch.progress();
      this.#sentBytes += bytes;
      this.#report();
    };
    const onLost = (): void => this.#stop.abort(this.#there.lost() ?? new Error('The file transfer was closed.'));
    sftp?.once('close', onLost);
    try {
      for (const file of this.#files) {
        this.#current = file;
        this.#report();
        await send(file, onBytes, this.#stop.signal);
        watch.progress();
      }
    } finally {
      watch.stop();
      sftp?.off('close', onLost);
      sftp?.end();
    }
  }

  async #sender(): Promise<{ readonly sftp: SFTPWrapper | null; readonly send: SendFile }> {
    try {
      const sftp = await this.#there.sftp(this.#stop.signal);
      return { sftp, send: sftpSender(sftp) };
    } catch (thrown) {
      if (!(thrown instanceof AppError) || thrown.code !== 'SFTP_UNAVAILABLE') throw thrown;
      return { sftp: null, send: commandSender((command, signal) => this.#there.spawn(command, signal)) };
    }
  }

  async #place(hashes: readonly string[]): Promise<void> {
    const { code, stdout, stderr } = await untilAborted(
      this.#there.exec(
        { script: placeScript(this.#files, hashes) },
        { signal: this.#stop.signal, timeoutMs: PLACE_MS },
      ),
      this.#stop.signal,
    );
    if (code === 0) return;
    if (code === PLACE_EXIT.mismatch) {
      const [index = '0', size = '', found = ''] = stdout.trim().split(' ');
      const file = this.#files[Number(index)] ?? this.#current;
      const sha256 = hashes[Number(index)] ?? '';
      const isShort = size !== String(file.size);
      throw uploadMismatch(nameOf(file), isShort ? `${file.size} bytes` : sha256, isShort ? `${size} bytes` : found);
    }
    if (code === PLACE_EXIT.noHash) {
      throw new AppError('HASH_TOOL_MISSING', `${this.#there.name} has no program that can check the copy.`, {
        hint: 'Install coreutils (for sha256sum), openssl or python3 on the device.',
        cause: stderr.trim(),
      });
    }
    throw new Error(stderr.trim().split('\n')[0] || `The last step ended with code ${code}.`);
  }

  async #removeParts(): Promise<void> {
    try {
      const signal = AbortSignal.timeout(CLEAN_UP_MS);
      await this.#there.exec({ script: removeScript(this.#files) }, { signal });
    } catch (thrown) {
      // What could not be taken away now has a name of its own and is written over by the next try.
      AppError.from(thrown);
    }
  }

  async #inWords(thrown: unknown): Promise<AppError> {
    if (thrown instanceof AppError) return thrown;
    const lost = this.#there.lost();
    if (lost) return lost;
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    const freeBytes = await this.#freeBytes();
    // SFTP version 3 has no word for a full disk: it says only "Failure".
    const looksFull = /^failure$/i.test(reason) && freeBytes !== null && freeBytes < this.#current.size;
    if (saysDiskFull(reason) || looksFull) return diskFull(this.#there.name, this.#current.size, freeBytes, thrown);
    return uploadFailed(nameOf(this.#current), reason.replace(/\.$/, ''), thrown);
  }

  async #freeBytes(): Promise<number | null> {
    const folder = posix.dirname(this.#current.to);
    try {
      const { stdout } = await this.#there.exec({ script: `df -Pk -- ${quote(folder)}` }, { timeoutMs: CLEAN_UP_MS });
      const kilobytes = Number(stdout.trim().split('\n').at(-1)?.split(/\s+/)[3]);
      return Number.isFinite(kilobytes) ? kilobytes * 1024 : null;
    } catch (thrown) {
      AppError.from(thrown);
      return null;
    }
  }

  #stalled(stallMs: number): AppError {
    return uploadStalled(nameOf(this.#current), this.#sentBytes, this.#totalBytes, stallMs);
  }

  #report(): void {
    this.#options.onProgress?.({
      sentBytes: this.#sentBytes,
      totalBytes: this.#totalBytes,
      file: nameOf(this.#current),
    });
  }
}

function nameOf(file: PreparedFile): string {
  return posix.basename(file.to);
}
