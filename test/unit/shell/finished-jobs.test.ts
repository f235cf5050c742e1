import { expect, test } from 'vitest';
import type { JobResult, JobSnapshot } from '../../../src-main/deploy/index.ts';
import { FinishedJobs } from '../../../src-main/app/start/finished-jobs.ts';

const job = (result: JobResult, kind: JobSnapshot['kind'] = 'deploy'): JobSnapshot => ({
  kind,
  startedAt: 0,
  durationMs: null,
  steps: [],
  result,
});
const running = job({ kind: 'running' });
const error = { code: 'DISK_FULL', message: 'The disk of the Pi is full.', hint: '' };
const warning = { code: 'W', message: 'w', hint: '' };
const label = (id: string): string => `Pi ${id}`;

test.each([
  ['done', { kind: 'done', note: 'It runs.', warnings: [] }, { title: 'Deployed: Pi a', body: 'It runs.' }],
  [
    'done with a warning',
    { kind: 'done', note: 'It runs.', warnings: [warning] },
    { title: 'Deployed: Pi a', body: 'It runs. One warning.' },
  ],
  [
    'unchanged',
    { kind: 'unchanged', note: 'As it was.', warnings: [] },
    { title: 'Nothing to deploy: Pi a', body: 'As it was.' },
  ],
  ['failed', { kind: 'failed', error }, { title: 'The deployment failed: Pi a', body: 'The disk of the Pi is full.' }],
] as const)('a deployment that ended %s is told once', (_name, result, told) => {
  const jobs = new FinishedJobs();
  expect(jobs.take({ deviceId: 'a', job: running }, label)).toBeNull();
  expect(jobs.take({ deviceId: 'a', job: job(result) }, label)).toEqual({ deviceId: 'a', ...told });
  expect(jobs.take({ deviceId: 'a', job: job(result) }, label)).toBeNull();
});

test('nothing is told of one cancelled, of one that ended before, of another device or of other work', () => {
  const jobs = new FinishedJobs();
  const done: JobResult = { kind: 'done', note: 'n', warnings: [] };
  jobs.take({ deviceId: 'a', job: running }, label);
  expect(jobs.take({ deviceId: 'a', job: job({ kind: 'cancelled', note: 'n' }) }, label)).toBeNull();
  expect(jobs.take({ deviceId: 'a', job: job(done) }, label)).toBeNull();
  jobs.take({ deviceId: 'b', job: job({ kind: 'running' }, 'stop') }, label);
  expect(jobs.take({ deviceId: 'b', job: job(done, 'stop') }, label)).toBeNull();
  expect(jobs.take({ deviceId: 'c', job: null }, label)).toBeNull();
});
