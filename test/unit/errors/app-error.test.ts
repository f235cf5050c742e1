import { describe, expect, it } from 'vitest';
import { AppError } from '../../../src-main/errors/index.ts';

describe('any thrown value as an error of the app', () => {
  const original = new AppError('EADDRINUSE', 'Port 1234 is in use.', {
    hint: 'Choose another port.',
    cause: new Error('listen EADDRINUSE'),
    details: { port: 1234, free: [1236] },
  });

  it('gives an error kept as data back with all its fields', () => {
    expect(AppError.from(original.toData())).toBeInstanceOf(AppError);
    expect(AppError.from(original.toData()).toData()).toEqual({
      code: 'EADDRINUSE',
      message: 'Port 1234 is in use.',
      hint: 'Choose another port.',
      cause: 'Error: listen EADDRINUSE',
      details: { port: 1234, free: [1236] },
    });
  });

  it('gives an error of the app back as it is', () => {
    expect(AppError.from(original)).toBe(original);
  });

  it.each([
    ['an abort', new DOMException('stop', 'AbortError'), 'CANCELLED', 'Cancelled.'],
    ['a system error', Object.assign(new Error('EIO: disk'), { code: 'EIO', hint: 'x' }), 'UNEXPECTED', 'EIO: disk'],
    ['a text', 'broken', 'UNEXPECTED', 'broken'],
    ['an object that is no error', { code: 1, message: 'm', hint: 'h' }, 'UNEXPECTED', '[object Object]'],
  ])('takes %s for what it is', (_what, thrown, code, message) => {
    expect(AppError.from(thrown)).toMatchObject({ code, message });
  });
});

it('keeps its code, cause and details under other words', () => {
  const cause = new Error('EIO');
  const error = new AppError('CANNOT_WRITE', 'It cannot be written.', {
    hint: 'Wait.',
    cause,
    details: { path: '/a' },
  });
  expect(error.with({ message: 'Not yet.' }).toData()).toEqual({ ...error.toData(), message: 'Not yet.' });
  expect(error.with({ hint: '' }).toData()).toEqual({ ...error.toData(), hint: '' });
  expect(error.with({}).cause).toBe(cause);
});
