import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { StepSnapshot } from '../../../src-main/deploy/index.ts';
import { SshPi } from './ssh-pi.ts';

/** How much of what a step sends has gone when the cable is cut; all of it is a step whose answer is lost. */
const SHARES = [0, 0.5, 1];
const SHARES_OF_FILES = [0, 0.01, 0.1, 0.3, 0.6, 0.9, 1];

/** `upload` begins twice: it starts the program on the device, then sends the files. */
const STEPS = ['preflight', 'runtime', 'upload', 'upload', 'install', 'start', 'health', 'switch'];

/** A step from its beginning to its end. */
interface Stretch {
  readonly step: StepSnapshot['id'];
  /** Bytes it sends towards the device. */
  readonly bytes: number;
}

let pi: SshPi;
beforeAll(async () => {
  pi = await SshPi.make();
  await pi.signIn();
  expect((await pi.deploy('0.1.0')).result).toMatchObject({ kind: 'done' });
});
afterAll(() => pi.dispose());

async function measure(version: string): Promise<readonly Stretch[]> {
  const stretches: Stretch[] = [];
  let start = 0;
  const stop = pi.onStep((step, isRunning) => {
    if (isRunning) start = pi.cable.sentBytes;
    else stretches.push({ step, bytes: pi.cable.sentBytes - start });
  });
  expect((await pi.deploy(version)).result).toMatchObject({ kind: 'done' });
  stop();
  return stretches;
}

/** Cuts the cable so many bytes after a stretch, counted from the first, has begun. */
function cutIn(stretch: number, bytes: number): () => void {
  let begun = 0;
  return pi.onStep((_step, isRunning) => {
    if (isRunning && begun++ === stretch) pi.cable.cutAfter(bytes);
  });
}

const CUT = {
  code: 'DISCONNECTED',
  message: expect.stringMatching(/^The connection to \S+ was cut\. [A-Z][a-z ;-]+\.$/) as string,
  hint: expect.stringMatching(/^The device may .*\.$/) as string,
};

describe('a deployment whose cable is cut', () => {
  test(
    'in any step leaves a version that answers, and the next deployment finds nothing in its way',
    { timeout: 900_000 },
    async () => {
      const stretches = await measure('0.2.0');
      expect(stretches.map(({ step }) => step)).toEqual(STEPS);
      const files = await pi.files();
      const places = stretches.flatMap(({ step, bytes }, stretch) => {
        const shares = bytes > 50_000 ? SHARES_OF_FILES : SHARES;
        return [...new Set(shares.map((share) => Math.round(bytes * share)))].map((after) => ({
          stretch,
          step,
          after,
        }));
      });
      for (const [index, { stretch, step, after }] of places.entries()) {
        const where = `${after} bytes into ${step}`;
        const before = await pi.settledVersion();
        const stop = cutIn(stretch, after);
        const { result, steps } = await pi.deploy(`1.${index}.0`);
        stop();
        const version = await pi.settledVersion();
        // How often the new agent is asked until it answers differs, so a cut may come one step later than it was aimed at.
        const mayBeSwitched = steps.some(
          ({ id, state }) => id === 'switch' && state !== 'waiting' && state !== 'skipped',
        );
        if (mayBeSwitched) expect([before, `1.${index}.0`], where).toContain(version);
        else expect([result.kind, version], where).toEqual(['failed', before]);
        if (result.kind === 'failed') expect(result.error, where).toMatchObject(CUT);
        await pi.signIn();
        expect((await pi.deploy(`2.${index}.0`)).result, where).toMatchObject({ kind: 'done' });
        expect(await pi.files(), where).toEqual(files);
      }
    },
  );
});
