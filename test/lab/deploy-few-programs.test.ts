import { describe, expect, it } from 'vitest';
import { ask } from './support/agent-words.ts';
import { benchWith } from './support/bench.ts';

/** `bash` is the login shell, which sshd itself starts; `nodejs` is what `node` links to. */
const LEFT = ['bash', 'dash', 'cat', 'mkdir', 'mv', 'node', 'nodejs', 'systemctl'];

describe('a Pi whose user may start hardly any program, and none from home or /tmp', () => {
  const bench = benchWith({ name: 'lab-few', ip: '10.77.0.48', mac: 'b8:27:eb:00:00:48', node: 'debian' });

  it('is deployed to with sh, cat, mkdir, mv, node and systemctl (vscode-remote#1921, ansible#1609)', async () => {
    const { pi, world } = bench;
    const others = LEFT.map((name) => `! -name ${name}`).join(' ');
    await pi.shell(`find /usr/bin /usr/sbin /usr/local/bin -type f ${others} -exec chmod go-rwx,u-s {} +`);
    for (const folder of ['/home', '/tmp']) {
      await pi.shell(`mount --bind ${folder} ${folder} && mount -o remount,bind,noexec ${folder}`);
    }
    const job = await world.run('pi', 'deploy');
    expect(job.result).toMatchObject({ kind: 'done' });
    const upload = job.steps.find(({ id }) => id === 'upload');
    expect(upload?.log).toEqual(['There is no program that can check the copies; the files go another way.']);
    expect(await ask(pi.ip, 1234, 'ON')).toBe('OK ON\n');
    expect(await pi.led(27)).toBe(1);
  });
});
