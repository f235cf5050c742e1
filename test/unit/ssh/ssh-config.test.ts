import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseSshConfig } from '../../../src-main/ssh/ssh-config.ts';

const parse = (text: string) => parseSshConfig(text, '/home/ana');

test('names each machine with what OpenSSH works out for it; patterns are no machines', () => {
  const text = `
# mine
Host pi bench-3
  HostName 192.168.1.44
  IdentityFile "~/.ssh/my key"
host nas.lan
  port 2222
  USER admin
Host *.lab !x
  User lab
Host dollar
  HostName %h.example.org
  IdentityFile %d/keys/one
Host *
  User ana
  Port 22
`;
  expect(parse(text)).toEqual([
    { alias: 'pi', host: '192.168.1.44', port: 22, user: 'ana', keyPath: '/home/ana/.ssh/my key' },
    { alias: 'bench-3', host: '192.168.1.44', port: 22, user: 'ana', keyPath: '/home/ana/.ssh/my key' },
    { alias: 'nas.lan', host: 'nas.lan', port: 2222, user: 'admin', keyPath: null },
    { alias: 'dollar', host: 'dollar.example.org', port: 22, user: 'ana', keyPath: '/home/ana/keys/one' },
  ]);
});

test('never runs the command of a Match exec', () => {
  const proof = join(tmpdir(), `pi-workbench-match-${process.pid}`);
  parse(`Host pi\n  HostName 10.0.0.1\nMatch host pi exec "touch ${proof}"\n  User evil\n`);
  expect(existsSync(proof)).toBe(false);
});

test('a port that is none and any other text never make it throw', () => {
  expect(parse('Host pi\n  Port banana\n')).toMatchObject([{ alias: 'pi', port: 22 }]);
  fc.assert(fc.property(fc.string(), (text) => void parse(text)));
  fc.assert(fc.property(fc.string(), (text) => void parse(`Host ${text}\n ${text}\nHostName ${text}`)));
});
