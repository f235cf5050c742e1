import { expect, test } from 'vitest';
import { bundleOf } from '../../../src-main/deploy/agent-bundle.ts';
import { planRelease } from '../../../src-main/deploy/plan.ts';
import { unitOf } from '../../../src-main/deploy/release.ts';
import { summaryOf } from '../../../src-main/deploy/snapshot.ts';
import { DEFAULT_OPTIONS } from '../../../src-main/deploy/settings.ts';
import { factsWith } from './facts.ts';

const release = planRelease({
  facts: factsWith(),
  options: DEFAULT_OPTIONS,
  bundle: bundleOf(Buffer.from('// Pi Workbench LED agent 0.1.0\n')),
  by: { at: 0, who: 'ana@laptop' },
});

const text = (unit: string | null): string => unit ?? '';

test.each([
  ['the unit that it has', {}, false],
  ['a unit of another release', { 'i-system-unit': text(release.unit).replace('@RELEASE@', '0.0.9-00000000') }, true],
  ['a unit of the user beside it', { 'i-user-unit': text(unitOf(release)) }, true],
])('a release with %s is or is not shown as unfinished', (_with, more, isUnfinished) => {
  const current = { 'i-current-release': JSON.stringify(release), 'i-system-unit': text(unitOf(release)) };
  expect(summaryOf(factsWith({ ...current, ...more }).installation)).toMatchObject({ isUnfinished });
});

/** What the page shows while systemd says this of the service. */
function shown(unit: Readonly<Record<string, string>>) {
  const { installation } = factsWith({
    'i-current-release': JSON.stringify(release),
    'i-system': Object.entries(unit)
      .map(([name, value]) => `${name}=${value}`)
      .join('\n'),
  });
  return summaryOf(installation);
}

test.each([
  ['active', 'running', 'running', ''],
  ['activating', 'start-pre', 'starting', ''],
  ['activating', 'start', 'starting', ''],
  ['activating', 'auto-restart', 'failed', 'exit-code, code 7'],
  ['failed', 'failed', 'failed', 'exit-code, code 7'],
  ['deactivating', 'stop-sigterm', 'stopped', ''],
  ['inactive', 'dead', 'stopped', ''],
])('a service that is %s (%s) is shown as %s', (ActiveState, SubState, state, failure) => {
  expect(shown({ ActiveState, SubState, Result: 'exit-code', ExecMainStatus: '7' })).toMatchObject({ state, failure });
});
