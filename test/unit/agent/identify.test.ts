import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ActivityLed } from '../../../pi-agent/src/identify.ts';

let root: string;
let trigger: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'led-activity-'));
  await mkdir(join(root, 'ACT'));
  trigger = join(root, 'ACT/trigger');
  await writeFile(trigger, 'none timer [mmc0] heartbeat\n');
});
afterEach(() => rm(root, { recursive: true }));

test('the trigger is put back when the agent ends while the blinking begins, and nothing blinks after that', async () => {
  const led = new ActivityLed(root, () => undefined);
  const begun = led.identify();
  // Its turn has come, and the trigger is being read.
  await Promise.resolve();
  await Promise.all([begun, led.close()]);
  expect(await readFile(trigger, 'utf8')).toBe('mmc0');
  await expect(led.identify()).rejects.toMatchObject({ code: 'not-permitted', message: 'the agent is ending' });
  expect(await readFile(trigger, 'utf8')).toBe('mmc0');
});
