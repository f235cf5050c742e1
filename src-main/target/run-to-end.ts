import type { Readable } from 'node:stream';
import { AppError } from '../errors/index.ts';
import type { ExecOptions, ExecResult, ExitStatus, RunningProcess } from './target.ts';

const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_OUTPUT_LIMIT = 16 * 1024 * 1024;

/** What a process printed, as bytes. */
export interface RawResult extends ExitStatus {
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

/**
 * Feeds a process its input, reads both outputs to their end and waits for its end. Kills it on abort, time-out or too
 * much output, and then raises `CANCELLED`, `COMMAND_TIMEOUT` or `OUTPUT_TOO_LARGE` at once.
 */
export async function runToEnd(child: RunningProcess, options: ExecOptions = {}): Promise<RawResult> {
  const stop = new AbortController();
  const give = (error: AppError): void => stop.abort(error);
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const timer = Number.isFinite(timeoutMs) ? setTimeout(() => give(timedOut(timeoutMs)), timeoutMs) : undefined;
  const onAbort = (): void => give(abortError(options.signal));
  options.signal?.addEventListener('abort', onAbort, { once: true });
  if (options.signal?.aborted) onAbort();

  const limit = options.maxOutputBytes ?? DEFAULT_OUTPUT_LIMIT;
  const all = Promise.all([
    collect(child.stdout, limit, give),
    collect(child.stderr, limit, give),
    child.exited,
  ] as const);
  // When stopped early nobody waits for these any more.
  all.catch(() => undefined);
  feed(child, options.input);
  try {
    const [stdout, stderr, status] = await Promise.race([all, rejectsOnAbort(stop.signal)]);
    return { stdout, stderr, code: status.code, signal: status.signal };
  } catch (thrown) {
    child.kill('SIGKILL');
    child.stdout.resume();
    child.stderr.resume();
    throw thrown;
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', onAbort);
  }
}

/** The same as text. */
export function asText(result: RawResult): ExecResult {
  return {
    code: result.code,
    signal: result.signal,
    stdout: result.stdout.toString('utf8'),
    stderr: result.stderr.toString('utf8'),
  };
}

function feed(child: RunningProcess, input: string | Uint8Array | undefined): void {
  // A program may end without reading its input: that is no error of the command.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input ?? '');
}

function collect(stream: Readable, limit: number, give: (error: AppError) => void): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    stream.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= limit) chunks.push(chunk);
      else give(tooLarge(limit));
    });
    stream.once('end', () => resolve(Buffer.concat(chunks)));
    stream.once('error', reject);
    stream.once('close', () => resolve(Buffer.concat(chunks)));
  });
}

function rejectsOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const fail = (): void => reject(signal.reason as Error);
    if (signal.aborted) fail();
    else signal.addEventListener('abort', fail, { once: true });
  });
}

/** An `AppError` given as the reason of an abort is raised as it is; everything else is `CANCELLED`. */
export function abortError(signal: AbortSignal | undefined): AppError {
  const reason: unknown = signal?.reason;
  return reason instanceof AppError ? reason : new AppError('CANCELLED', 'Cancelled.', { cause: reason });
}

function timedOut(timeoutMs: number): AppError {
  return new AppError('COMMAND_TIMEOUT', `The command did not end within ${timeoutMs / 1000} s.`, {
    hint: 'The device may be busy or hang. Try again; if it stays so, restart the device.',
    details: { timeoutMs },
  });
}

function tooLarge(limit: number): AppError {
  return new AppError('OUTPUT_TOO_LARGE', `The command printed more than ${limit} bytes and was stopped.`, {
    details: { limit },
  });
}
