/** What a detail of an error may hold: plain data, so that it crosses the contract unchanged. */
export type ErrorDetail =
  string | number | boolean | null | readonly ErrorDetail[] | { readonly [key: string]: ErrorDetail };

/** An error as it crosses the contract: data, never a bare string. */
export interface AppErrorData {
  /** Stable and upper case, for programs: `HOST_KEY_CHANGED`, `ECONNREFUSED`. */
  readonly code: string;
  /** One sentence a person understands. */
  readonly message: string;
  /** What to do next; empty when there is nothing to do. */
  readonly hint: string;
  /** The technical cause, as text, for "copy details". */
  readonly cause?: string;
  /** Facts a dialog needs, such as both fingerprints of a changed host key. */
  readonly details?: Readonly<Record<string, ErrorDetail>>;
}

export interface AppErrorOptions {
  readonly hint?: string;
  readonly cause?: unknown;
  readonly details?: Readonly<Record<string, ErrorDetail>>;
}

type OtherWords = Pick<AppErrorOptions, 'hint' | 'cause'> & { readonly message?: string };

/** The one error of this app. Its `code` is for programs, its `message` and `hint` for people. */
export class AppError extends Error {
  readonly code: string;
  readonly hint: string;
  readonly details?: Readonly<Record<string, ErrorDetail>>;

  constructor(code: string, message: string, options: AppErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.hint = options.hint ?? '';
    this.details = options.details;
  }

  /** The same error with other words. */
  with({ message = this.message, hint = this.hint, cause = this.cause }: OtherWords): AppError {
    return new AppError(this.code, message, { hint, cause, details: this.details });
  }

  toData(): AppErrorData {
    return {
      code: this.code,
      message: this.message,
      hint: this.hint,
      ...(this.cause === undefined ? {} : { cause: describeCause(this.cause) }),
      ...(this.details === undefined ? {} : { details: this.details }),
    };
  }

  static fromData(data: AppErrorData): AppError {
    return new AppError(data.code, data.message, { hint: data.hint, cause: data.cause, details: data.details });
  }

  /** Any thrown value as an AppError; one that already is comes back unchanged, and one kept as data is one again. */
  static from(thrown: unknown): AppError {
    if (thrown instanceof AppError) return thrown;
    if (isErrorData(thrown)) return AppError.fromData(thrown);
    if (isAbort(thrown)) return new AppError('CANCELLED', 'Cancelled.', { cause: thrown });
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return new AppError('UNEXPECTED', message || 'Something went wrong.', {
      hint: 'Copy the details and report this: the app did not expect it.',
      cause: thrown,
    });
  }
}

/** True for an error as it crosses the contract or stands in a snapshot. */
function isErrorData(value: unknown): value is AppErrorData {
  if (typeof value !== 'object' || value === null || value instanceof Error) return false;
  const fields = value as Partial<Record<keyof AppErrorData, unknown>>;
  return [fields.code, fields.message, fields.hint].every((field) => typeof field === 'string');
}

/** True for what an AbortSignal throws. */
export function isAbort(thrown: unknown): boolean {
  return thrown instanceof Error && (thrown.name === 'AbortError' || ('code' in thrown && thrown.code === 'CANCELLED'));
}

/** The `code` of a Node system error (`ECONNREFUSED`, `ENOENT`), or undefined. */
export function systemCode(thrown: unknown): string | undefined {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return undefined;
  return typeof thrown.code === 'string' ? thrown.code : undefined;
}

function describeCause(cause: unknown): string {
  if (typeof cause === 'string') return cause;
  if (!(cause instanceof Error)) return String(cause);
  const code = systemCode(cause);
  const nested = cause.cause === undefined ? '' : ` <- ${describeCause(cause.cause)}`;
  return `${cause.name}${code ? ` ${code}` : ''}: ${cause.message}${nested}`;
}
