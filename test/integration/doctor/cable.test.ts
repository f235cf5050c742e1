import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { canMakeNamespaces } from '../network/namespace.ts';
import { Cable, Examiner } from './in-namespace.ts';

describe.skipIf(!canMakeNamespaces())('two machines on one cable', () => {
  let examiner: Examiner;
  let cable: Cable;

  beforeAll(async () => {
    examiner = await Examiner.build();
  });
  afterAll(() => examiner.dispose());
  beforeEach(async () => {
    cable = await Cable.lay();
  });
  afterEach(() => cable.remove());

  test('nobody has the address: the neighbour is the broken link', async () => {
    const { report, step } = await examiner.examine(cable.here, '10.77.0.7');
    expect(report.broken).toBe('neighbour');
    expect(step('path').text).toContain('both in 10.77.0.0/24');
    expect(step('neighbour').text).toBe('No machine on the local network answers for 10.77.0.7.');
    expect(step('neighbour').advice).toContain('switched off');
    expect(step('tcp').text).toContain('Unreachable');
  });

  test('the Pi is there without an SSH server: refused', async () => {
    await cable.onPi('addr', 'add', '10.77.0.7/24', 'dev', 'eth0');
    const { report, step } = await examiner.examine(cable.here, '10.77.0.7');
    expect(step('neighbour')).toMatchObject({ state: 'good' });
    expect(step('neighbour').text).toContain('dc:a6:32:12:34:56, a Raspberry Pi’s');
    expect(report.broken).toBe('tcp');
    expect(step('tcp').text).toBe('Refused: 10.77.0.7 is there, but nothing listens on port 22.');
    expect(step('tcp').advice).toContain('raspi-config');
  });

  test('the Pi is there but nothing comes back: filtered', async () => {
    // It answers for its address, but has no way to send anything to this computer.
    await cable.onPi('addr', 'add', '10.77.0.7/32', 'dev', 'eth0');
    const { report, step } = await examiner.examine(cable.here, '10.77.0.7');
    expect(step('neighbour')).toMatchObject({ state: 'good' });
    expect(report.broken).toBe('tcp');
    expect(step('tcp').text).toBe('Filtered: 10.77.0.7 is there, but what is sent to port 22 gets lost.');
    expect(step('tcp').advice).toContain('firewall');
  });

  test('another subnet and no router: there is no way', async () => {
    const { report, step } = await examiner.examine(cable.here, '10.88.0.7');
    expect(report.broken).toBe('path');
    expect(step('path').text).toBe('This computer has no way to 10.88.0.7.');
    expect(step('path').advice).toContain('This computer is at 10.77.0.1');
  });

  test('a Pi that gave itself an address is explained', async () => {
    const { report, step } = await examiner.examine(cable.here, '169.254.9.9');
    expect(report.broken).toBe('path');
    expect(step('path').text).toContain('no router hands one out');
  });
});
