import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { pythonSnippet } from '../../../src-main/dns/python-snippet.ts';

const run = promisify(execFile);

describe('the same look-up in Python', () => {
  test('runs as it is and finds localhost', async () => {
    const program = pythonSnippet({ wireName: 'localhost', kind: 'name', types: ['A'] });
    const { stdout } = await run('python3', ['-c', program]);
    expect(stdout).toBe('127.0.0.1\nAF_INET 127.0.0.1\n');
  });

  test('runs as it is for an address', async () => {
    const program = pythonSnippet({ wireName: '127.0.0.1', kind: 'address', types: ['PTR'] });
    expect((await run('python3', ['-c', program])).stdout).toBe('localhost\n');
  });

  test('is valid Python for every choice of records, and asks dnspython only where socket cannot', async () => {
    const programs = [
      pythonSnippet({ wireName: 'example.org', kind: 'name', types: ['A', 'AAAA', 'MX'] }),
      pythonSnippet({ wireName: 'example.org', kind: 'name', types: ['TXT'] }),
      pythonSnippet({ wireName: 'example.org', kind: 'name', types: [] }),
    ];
    for (const program of programs) await run('python3', ['-c', 'import ast, sys; ast.parse(sys.argv[1])', program]);
    expect(programs.map((program) => [program.includes('getaddrinfo'), program.includes('dns.resolver')])).toEqual([
      [true, true],
      [false, true],
      [true, false],
    ]);
  });
});
