import { expect, test } from 'vitest';
import { bundleOf } from '../../../src-main/deploy/agent-bundle.ts';
import { planRelease } from '../../../src-main/deploy/plan.ts';
import { summaryOf } from '../../../src-main/deploy/snapshot.ts';
import { DEFAULT_OPTIONS } from '../../../src-main/deploy/settings.ts';
import { factsWith } from './facts.ts';

const release = planRelease({
  facts: factsWith(),
  options: DEFAULT_OPTIONS,
  bundle: bundleOf(Buffer.from('// Pi Workbench LED agent 0.1.0\n')),
  by: { at: 0, who: 'ana@laptop' },
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
