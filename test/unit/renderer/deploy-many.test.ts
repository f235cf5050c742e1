import { describe, expect, test } from 'vitest';
import { AppError } from '../../../src-main/errors/app-error.ts';
import type { ManyRow } from '../../../src-main/api/deploy.ts';
import { rowError, summaryLine } from '../../../src-renderer/views/deploy-many/many-words.ts';

const row = (result: ManyRow['result']): ManyRow => ({
  deviceId: 'a',
  steps: [],
  startedAt: null,
  durationMs: null,
  result,
});
const done = row({ kind: 'done', note: '', warnings: [] });
const failed = (code: string) =>
  row({ kind: 'failed', error: new AppError(code, 'It failed.', { hint: 'H.' }).toData() });

describe('the words of a deployment to several devices', () => {
  test.each([
    [[done, done, done, failed('EPIPE')], '3 deployed, 1 failed'],
    [[done, row({ kind: 'running' }), row({ kind: 'waiting' })], '1 deployed, 1 under way, 1 waiting'],
    [[row({ kind: 'unchanged', note: '', warnings: [] })], '1 unchanged'],
  ])('count each outcome', (rows, line) => {
    expect(summaryLine(rows)).toBe(line);
  });

  test('lead to the Agent page where sudo asks for a password', () => {
    expect(rowError(failed('SUDO_PASSWORD_REQUIRED'))?.hint).toContain('Open its Agent page');
    expect(rowError(failed('EPIPE'))?.hint).toBe('H.');
    expect(rowError(done)).toBeNull();
  });
});
