import * as v from 'valibot';
import { AppError } from '../errors/index.ts';
import type { CallDefinition } from './definition.ts';

/** The argument as its schema gives it. Raises `BAD_ARGUMENT` naming the field, with `details.call` and `.field`. */
export function checkArguments(name: string, definition: CallDefinition, args: unknown): unknown {
  const result = v.safeParse(definition.args, args, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const field = v.getDotPath(issue) ?? '';
  const subject = field === '' ? 'What was asked for' : `The field “${field}”`;
  throw new AppError('BAD_ARGUMENT', `${subject} cannot be used: ${issue.message}.`, {
    hint: 'Correct it and try again.',
    details: { call: name, field },
  });
}
