import { beforeEach, describe, expect, test } from 'vitest';
import { DeployMany, type DeployOptions, type DeploySnapshot, type JobResult } from '../../../src-main/deploy/index.ts';
import { AppError } from '../../../src-main/errors/index.ts';
import { Signal } from '../../../src-main/events/index.ts';
import { DEFAULT_OPTIONS, practiceOptions } from '../../../src-main/deploy/settings.ts';

const DONE: JobResult = { kind: 'done', note: 'It runs.', warnings: [] };
const FAILED: JobResult = { kind: 'failed', error: new AppError('ECONNRESET', 'Gone.').toData() };

/** Work that ends when a test says so. */
class ScriptedDeploy {
  readonly snapshots = new Signal<DeploySnapshot>();
  readonly started: string[] = [];
  readonly cancelled: string[] = [];
  readonly given = new Map<string, DeployOptions | undefined>();
  readonly refusing = new Set<string>();

  optionsOf(deviceId: string): DeployOptions {
    return deviceId === 'practice' ? practiceOptions('/data/practice') : DEFAULT_OPTIONS;
  }

  start(deviceId: string, _kind: string, { options }: { readonly options?: DeployOptions } = {}): DeploySnapshot {
    if (this.refusing.has(deviceId)) throw new AppError('NOT_SIGNED_IN', 'Not signed in.', { hint: 'Sign in.' });
    this.started.push(deviceId);
    this.given.set(deviceId, options);
    return this.tell(deviceId, { kind: 'running' });
  }

  cancel(deviceId: string): DeploySnapshot {
    this.cancelled.push(deviceId);
    return this.tell(deviceId, { kind: 'cancelled', note: 'Cancelled.' });
  }

  tell(deviceId: string, result: JobResult): DeploySnapshot {
    const job = { kind: 'deploy', startedAt: 1, durationMs: null, steps: [step], result } as const;
    const snapshot = { deviceId, number: 1, job } as unknown as DeploySnapshot;
    this.snapshots.emit(snapshot);
    return snapshot;
  }
}
const step = {
  id: 'upload',
  name: 'Send the agent',
  state: 'running',
  detail: '',
  hint: '',
  durationMs: null,
  progress: 0.5,
  log: ['a line'],
} as const;

let deploy: ScriptedDeploy;
let many: DeployMany;
beforeEach(() => {
  deploy = new ScriptedDeploy();
  many = new DeployMany({ deploy, practiceDeviceId: 'practice' });
});
const kinds = () => many.snapshot.rows.map(({ deviceId, result }) => `${deviceId} ${result.kind}`);

describe('a deployment to several devices', () => {
  test('begins with four, and gives each place that gets free to the next in order', () => {
    many.start(['a', 'b', 'c', 'd', 'e', 'f'], DEFAULT_OPTIONS);
    expect(deploy.started).toEqual(['a', 'b', 'c', 'd']);
    deploy.tell('c', DONE);
    expect(deploy.started).toEqual(['a', 'b', 'c', 'd', 'e']);
    deploy.tell('a', DONE);
    deploy.tell('b', DONE);
    expect(deploy.started).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
    expect(kinds()).toEqual(['a done', 'b done', 'c done', 'd running', 'e running', 'f running']);
  });

  test('takes another number at once', () => {
    many.start(['a', 'b', 'c'], DEFAULT_OPTIONS, 1);
    expect(deploy.started).toEqual(['a']);
  });

  test('goes on after one that fails, and after one that could not even begin', () => {
    deploy.refusing.add('b');
    many.start(['a', 'b', 'c'], DEFAULT_OPTIONS, 1);
    deploy.tell('a', FAILED);
    expect(deploy.started).toEqual(['a', 'c']);
    deploy.tell('c', DONE);
    expect(kinds()).toEqual(['a failed', 'b failed', 'c done']);
    expect(many.snapshot.rows[1]?.result).toMatchObject({ error: { code: 'NOT_SIGNED_IN', hint: 'Sign in.' } });
  });

  test('cancelled, leaves out those that wait and stops those under way', () => {
    many.start(['a', 'b', 'c'], DEFAULT_OPTIONS, 2);
    many.cancel();
    expect(deploy.cancelled).toEqual(['a', 'b']);
    expect(deploy.started).toEqual(['a', 'b']);
    expect(kinds()).toEqual(['a cancelled', 'b cancelled', 'c cancelled']);
  });

  test('is refused while another one is under way, and possible again afterwards', () => {
    many.start(['a'], DEFAULT_OPTIONS);
    expect(() => many.start(['b'], DEFAULT_OPTIONS)).toThrow('under way already');
    deploy.tell('a', DONE);
    expect(many.start(['b'], DEFAULT_OPTIONS).run).toBe(2);
  });

  test('works once on a device that is named twice', () => {
    many.start(['a', 'a'], DEFAULT_OPTIONS);
    expect(deploy.started).toEqual(['a']);
  });

  test('keeps the practice device simulated, closed to others and in its own folder', () => {
    const settings = { ...DEFAULT_OPTIONS.settings, bcm: 17, access: 'anyone', driver: 'auto' } as const;
    many.start(['practice', 'a'], { ...DEFAULT_OPTIONS, settings });
    expect(deploy.given.get('a')?.settings).toEqual(settings);
    expect(deploy.given.get('practice')).toEqual({
      settings: { ...settings, access: 'ssh-only', driver: 'simulated' },
      service: 'plain',
      installNode: false,
      folder: '/data/practice',
    });
  });

  test('does not take later work on a device for its own, and sends no logs', () => {
    many.start(['a'], DEFAULT_OPTIONS);
    expect(many.snapshot.rows[0]?.steps).toEqual([{ ...step, log: [] }]);
    deploy.tell('a', DONE);
    deploy.tell('a', FAILED);
    expect(kinds()).toEqual(['a done']);
  });

  test('numbers every change, so that a page that has the snapshot can follow', () => {
    const numbers: number[] = [];
    many.changes.subscribe(({ number }) => numbers.push(number));
    const { number } = many.start(['a', 'b'], DEFAULT_OPTIONS);
    deploy.tell('a', DONE);
    expect(numbers).toEqual(numbers.map((_, index) => (numbers[0] ?? 0) + index));
    expect(numbers.at(-1)).toBe(number + 1);
  });
});
