import { AppError } from '../../src-main/errors/app-error.ts';

/** Everything known about an error, as text for a bug report: code, message, hint, cause and details. */
export function describeError(thrown: unknown): string {
  const data = AppError.from(thrown).toData();
  const lines = [`${data.code}: ${data.message}`];
  if (data.hint) lines.push(`Hint: ${data.hint}`);
  if (data.cause) lines.push(`Cause: ${data.cause}`);
  if (data.details) lines.push(`Details: ${JSON.stringify(data.details, null, 2)}`);
  return lines.join('\n');
}
