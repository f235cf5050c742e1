import { describe, expect, it } from 'vitest';
import { Signal } from '../../../src-main/events/index.ts';
import { LocalTarget } from '../../../src-main/target/local/index.ts';
import { TargetRegistry } from '../../../src-main/target/registry.ts';
import type { Target, TargetState } from '../../../src-main/target/target.ts';

function fakeTarget(deviceId: string) {
  const states = new Signal<TargetState>();
  let disposed = 0;
  const target = Object.assign(new LocalTarget({ deviceId }), {
    stateChanges: states,
    dispose: async () => void (disposed += 1),
  }) as Target;
  return { target, states, disposals: () => disposed };
}

function registry() {
  const practice = new LocalTarget({ deviceId: 'practice' });
  const targets = new TargetRegistry(practice);
  const told: string[] = [];
  targets.changes.subscribe(({ deviceId, target }) => told.push(`${deviceId} ${target ? 'came' : 'went'}`));
  return { practice, targets, told };
}

describe('the targets signed in to', () => {
  it('always have the practice device among them, even after it was asked to go', async () => {
    const { practice, targets } = registry();
    await targets.remove('practice');
    expect(targets.get('practice')).toBe(practice);
  });

  it('say in words when one is not signed in', () => {
    const { targets } = registry();
    expect(() => targets.get('pi')).toThrow(expect.objectContaining({ code: 'NOT_SIGNED_IN', hint: 'Sign in first.' }));
    expect(targets.find('pi')).toBeUndefined();
  });

  it('tell of each that comes and goes, and end what they let go of', async () => {
    const { targets, told } = registry();
    const [first, second] = [fakeTarget('pi'), fakeTarget('pi')];
    await targets.add(first.target);
    await targets.add(second.target);
    expect(targets.get('pi')).toBe(second.target);
    await targets.remove('pi');
    await targets.remove('pi');
    expect([first.disposals(), second.disposals()]).toEqual([1, 1]);
    expect(told).toEqual(['pi came', 'pi came', 'pi went']);
  });

  it('lose one whose connection broke, but not its successor', async () => {
    const { targets, told } = registry();
    const [first, second] = [fakeTarget('pi'), fakeTarget('pi')];
    const broken = { kind: 'disconnected', code: 'DISCONNECTED', message: 'Gone.', hint: '' } as const;
    await targets.add(first.target);
    first.states.emit(broken);
    expect(targets.find('pi')).toBeUndefined();
    await targets.add(second.target);
    first.states.emit(broken);
    expect(targets.get('pi')).toBe(second.target);
    expect(told).toEqual(['pi came', 'pi went', 'pi came']);
  });
});
