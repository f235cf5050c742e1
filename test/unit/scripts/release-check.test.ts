import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { releaseProblems } from '../../../scripts/release-check.mjs';

const root = join(import.meta.dirname, '..', '..', '..');
const decided = { homepage: 'https://workbench.io/', author: 'Ada', version: '1.0.0' };
const config = 'appId: io.workbench.app\nlinux:\n  maintainer: Ada <ada@workbench.io>\n';

const problems = (changed: Partial<typeof decided>, builderConfig = config): string[] =>
  releaseProblems({ packageJson: JSON.stringify({ ...decided, ...changed }), builderConfig });

test('a project whose names are decided may be released', () => {
  expect(problems({})).toEqual([]);
  expect(problems({ homepage: 'https://pi.workbench.io/app' })).toEqual([]);
  const onGithub = config.replace('io.workbench.app', 'io.github.ada.app');
  expect(problems({ homepage: 'https://github.com/Ada/workbench' }, onGithub)).toEqual([]);
  expect(problems({ homepage: 'https://ada.github.io/' }, onGithub)).toEqual([]);
});

test.each([
  ['a home page that leads nowhere', { homepage: 'https://pi-workbench.invalid/' }, config, 'homepage'],
  ['no home page', { homepage: '' }, config, 'homepage'],
  ['a home page without https', { homepage: 'http://workbench.io/' }, config, 'homepage'],
  ['no author', { author: '' }, config, 'author'],
  ['no version', { version: '0.0.0' }, config, 'version'],
  ['mail that reaches no one', {}, config.replace('ada@workbench.io', 'ada@localhost.invalid'), 'maintainer'],
  ['a maintainer without mail', {}, config.replace(' <ada@workbench.io>', ''), 'maintainer'],
  ['another’s appId', {}, config.replace('io.workbench.app', 'com.someone.app'), 'appId'],
  [
    'another’s appId on GitHub',
    { homepage: 'https://bob.github.io/' },
    config.replace('workbench', 'github.ada'),
    'appId',
  ],
  ['no appId', {}, config.replace('appId', 'name'), 'appId'],
])('%s is refused, and named', (_what, changed, builderConfig, named) => {
  expect(problems(changed, builderConfig).join('\n')).toContain(named);
});

test('the script tells of the project’s own files what the function finds, and its exit code says it', async () => {
  const read = (name: string): Promise<string> => readFile(join(root, name), 'utf8');
  const found = releaseProblems({
    packageJson: await read('package.json'),
    builderConfig: await read('electron-builder.yml'),
  });
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'scripts/release-check.mjs')], {
    encoding: 'utf8',
  });
  expect({ status, said: stderr.split('\n').filter(Boolean) }).toEqual({
    status: found.length > 0 ? 1 : 0,
    said: found,
  });
});

test('a release is packed only after the check', async () => {
  const workflow = await readFile(join(root, '.github/workflows/release.yml'), 'utf8');
  const check = workflow.indexOf('node scripts/release-check.mjs');
  expect(check).toBeGreaterThan(0);
  expect(workflow.indexOf('npm run dist')).toBeGreaterThan(check);
  expect(workflow).toMatch(/^ {4}needs: check$/m);
});
