import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ESLint, Linter } from 'eslint';
import { describe, expect, test } from 'vitest';

const cwd = join(import.meta.dirname, '../../..');
const eslint = new ESLint({ cwd });
const linter = new Linter();

/** What the project's configuration says to an import in a file: a message for each rule of the layers it breaks. */
async function judge(file: string, source: string): Promise<readonly string[]> {
  const { rules } = (await eslint.calculateConfigForFile(join(cwd, file))) as { rules: Linter.RulesRecord };
  const layers = { 'no-restricted-imports': rules['no-restricted-imports'] ?? 'off' } satisfies Linter.RulesRecord;
  return linter.verify(`import '${source}';`, { rules: layers }).map(({ message }) => message);
}

describe('an import', () => {
  test.each([
    ['src-main/storage/json-file.ts', '../errors/index.ts'],
    ['src-main/target/registry.ts', '../ssh/index.ts'],
    ['src-main/doctor/probes/agent.ts', '../../led/index.ts'],
    ['src-main/network/parse/ip-json.ts', '../model/network.ts'],
    ['src-main/api/workbench.ts', '../settings/index.ts'],
    ['src-renderer/state/client.svelte.ts', '../../src-main/api/contract/devices.ts'],
    ['src-renderer/views/led/PinPanel.svelte', '../../../pi-agent/src/board.ts'],
    ['src-main/app/electron/menu.ts', 'electron'],
  ])('of %s may be %s', async (file, source) => {
    expect(await judge(file, source)).toEqual([]);
  });

  test.each([
    ['src-main/storage/json-file.ts', '../target/target.ts', 'The bottom layer imports nothing above it.'],
    ['src-main/ssh/agent.ts', '../network/index.ts', 'target and ssh import nothing above them.'],
    ['src-main/target/remote/channels.ts', '../../api/server.ts', 'target and ssh import nothing above them.'],
    ['src-main/doctor/probes/agent.ts', '../../api/server.ts', 'A feature imports nothing from api or app.'],
    ['src-main/doctor/probes/agent.ts', '../../led/health.ts', "A feature's door is its index.ts."],
    ['src-main/api/server.ts', '../app/start/log.ts', 'api imports nothing from the shells.'],
    ['src-main/app/browser/main.ts', 'electron', 'Only src-main/app/electron/ imports electron.'],
    ['src-renderer/main.ts', '../src-main/led/index.ts', 'The page imports from src-main only api/ and errors/.'],
    ['src-renderer/App.svelte', '../src-main/api/workbench.ts', 'The page knows the contract, not who answers it.'],
    ['src-renderer/App.svelte', '../pi-agent/src/agent.ts', 'imports from the agent only its board and protocol.'],
    ['pi-agent/src/main.ts', '../../src-main/errors/index.ts', 'The agent stands alone.'],
  ])('of %s may not be %s', async (file, source, why) => {
    expect(await judge(file, source)).toEqual([expect.stringContaining(why)]);
  });
});

const folders = readdirSync(join(cwd, 'src-main')).filter((folder) => folder !== 'app');

test.each(folders)('the folder src-main/%s has a layer below the shells', async (folder) => {
  expect(await judge(`src-main/${folder}/index.ts`, '../app/start/log.ts')).toHaveLength(1);
});
