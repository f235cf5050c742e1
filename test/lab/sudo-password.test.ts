import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { benchWith } from './support/bench.ts';
import { processesSeen } from './support/processes-seen.ts';

/** Found in whatever way the rest of the password is quoted. */
const WORD = 'gooseberry';
const PASSWORD = `a'b"c$$(id) \`d\\ ${WORD}`;

describe('the password for sudo, on a Pi that asks for it', () => {
  const bench = benchWith({
    name: 'lab-secret',
    ip: '10.77.0.47',
    mac: 'b8:27:eb:00:00:47',
    node: 'debian',
    sudo: 'password',
  });

  it('is on no command line and in no environment while the agent is deployed and removed (node-ssh#90)', async () => {
    const { pi, world } = bench;
    await pi.shell(`printf '%s' '${Buffer.from(`pi:${PASSWORD}`).toString('base64')}' | base64 -d | chpasswd`);
    const seen = await processesSeen(pi, async () => {
      const wrong = await world.run('pi', 'deploy', { password: `${PASSWORD}?` });
      expect(wrong.result).toMatchObject({ kind: 'failed', error: { code: 'SUDO_WRONG_PASSWORD' } });
      for (const kind of ['deploy', 'stop', 'start', 'uninstall', 'deploy'] as const) {
        expect((await world.run('pi', kind, { password: PASSWORD })).result).toMatchObject({ kind: 'done' });
      }
    });
    expect(seen.filter((text) => text.includes(WORD))).toEqual([]);
    // The lookout saw what it was there for: sudo itself, and what it ran in.
    expect(seen).toContainEqual(expect.stringMatching(/^cmdline sudo\0.*-S\0/));
    expect(seen).toContainEqual(expect.stringMatching(/^environ .*USER=pi\0/));
  });

  it('is not in the journal, which tells of every use of sudo', async () => {
    const journal = await bench.pi.shell('journalctl --all --output=export --no-pager');
    expect(journal).toContain('COMMAND=/bin/sh');
    expect(journal).not.toContain(WORD);
  });

  it('is in no file of the Pi but the one it is put into here', async () => {
    await bench.pi.shell(`echo ${WORD} >/run/written-here`);
    const folders = ['/etc', '/home', '/opt', '/root', '/run', '/srv', '/tmp', '/usr/local', '/var'];
    const found = await bench.pi.exec(['grep', '-rlsa', '-D', 'skip', '-e', WORD, ...folders]);
    expect(found.stdout).toBe('/run/written-here\n');
  });

  it('is neither in what the app shows nor in its files', async () => {
    const { world } = bench;
    expect(JSON.stringify(world.deploy.watch('pi'))).not.toContain(WORD);
    const entries = await readdir(world.folder, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
    expect(files).not.toEqual([]);
    for (const file of files) expect(await readFile(file, 'latin1'), file).not.toContain(WORD);
  });
});
