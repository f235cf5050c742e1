import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Cli } from './cli-process.ts';

let cli: Cli;
beforeAll(async () => {
  cli = await Cli.create();
});
afterAll(() => cli.remove());

const at = (...names: string[]): string => join(cli.home, ...names);
const run = (...args: string[]) => cli.run(['ansible', '--node', 'none', ...args]);

describe('ansible', () => {
  test('needs a device that is not this computer, and a folder', async () => {
    expect(await run('--to', at('none'))).toMatchObject({ code: 1, out: '' });
    expect((await run('--to', at('none'), 'practice')).err).toContain(
      'There is no device that Ansible could sign in to',
    );
    expect((await run()).code).toBe(2);
    expect(await readdir(cli.home)).toEqual([]);
  });

  test('writes a folder for the devices named, with the settings given, without signing in', async () => {
    const device = 'pi@[fe80::1%eth0]:2222';
    const { code, out, err } = await run('--to', at('class'), '--pin', 'pin 11', '--json', device);
    expect([code, err]).toEqual([0, '']);
    expect(JSON.parse(out)).toEqual({ path: at('class'), hosts: 1 });
    expect(await readFile(at('class', 'inventory.yml'), 'utf8')).toContain(
      'ansible_host: "fe80::1%eth0"\n      ansible_port: 2222\n      ansible_user: "pi"\n',
    );
    expect(await readFile(at('class', 'group_vars', 'pi_workbench.yml'), 'utf8')).toContain('bcm: 17\n');
    expect(await readdir(at('class', 'files'))).toEqual([
      'ask-agent.cjs',
      'find-node.sh',
      'led-agent.cjs',
      'led-manager.cjs',
      'unpack-node.sh',
    ]);
  });

  test('is for all devices of the list when none is named, and replaces an export only when told to', async () => {
    const again = await run('--to', at('class'));
    expect(again.code).toBe(1);
    expect(again.err).toContain('holds an export already');
    await run('--to', at('other'), 'ana@door.local');
    expect((await run('--to', at('class'), '--replace')).out).toBe(`${at('class')} is for 2 devices.\n`);
    expect(await readdir(cli.home)).toEqual(['class', 'other']);
  });

  test('never replaces a folder with other things, and leaves nothing half written', async () => {
    await mkdir(at('mine'));
    await writeFile(at('mine', 'thesis.txt'), 'mine');
    const { code, err } = await run('--to', at('mine'), '--replace');
    expect(code).toBe(1);
    expect(err).toContain('holds other things, such as thesis.txt');
    expect(await readdir(at('mine'))).toEqual(['thesis.txt']);
    expect((await run('--to', at('nowhere', 'deep'))).err).toContain('There is no such folder');
    expect(await readdir(cli.home)).toEqual(['class', 'mine', 'other']);
  });
});
