import { describe, expect, test } from 'vitest';
import { neighbourSightings, readNeighbours } from '../../../src-main/discovery/sources/neighbours.ts';
import { fixture } from '../network/fixture.ts';

const missing = (): Error => Object.assign(new Error('not there'), { code: 'ENOENT' });

/** A computer on which only one command is there. */
function computerWith(command: string, output: string) {
  const tried: string[] = [];
  const run = async (argv: readonly string[]): Promise<string> => {
    tried.push(argv.join(' '));
    if (argv.join(' ') !== command) throw missing();
    return output;
  };
  return { run, tried };
}

describe('the command that prints the neighbour table', () => {
  test.each([
    ['linux', 'ip neigh', 1],
    ['linux', 'arp -an', 4],
    ['linux', 'cat /proc/net/arp', 6],
    ['darwin', '/usr/sbin/arp -an', 1],
    ['darwin', 'arp -an', 2],
    ['freebsd', '/usr/sbin/arp -an', 1],
    ['win32', 'arp -a', 1],
  ] as const)('on %s is %s where it is the first that is there', async (platform, command, attempts) => {
    const { run, tried } = computerWith(command, '');
    await readNeighbours(platform, run);
    expect([tried.at(-1), tried.length]).toEqual([command, attempts]);
  });

  test('that is not there at all is told with what was tried', async () => {
    const { run } = computerWith('none', '');
    await expect(readNeighbours('win32', run)).rejects.toMatchObject({
      code: 'NO_NEIGHBOURS',
      cause: 'arp -a: ENOENT',
    });
  });
});

describe('what it prints', () => {
  const seen = async (platform: NodeJS.Platform, command: string, output: string) =>
    neighbourSightings(await readNeighbours(platform, computerWith(command, output).run), 1000).map(
      ({ addresses, mac, stale }) => ({ addresses, mac, stale }),
    );

  test('on macOS: machines with a MAC of their own, how fresh they are is not told', async () => {
    expect(await seen('darwin', '/usr/sbin/arp -an', fixture('other/arp-macos.txt'))).toEqual([
      { addresses: ['192.168.50.1'], mac: 'b8:27:eb:aa:0b:0c', stale: true },
      { addresses: ['192.168.50.7'], mac: 'b8:27:eb:12:34:56', stale: true },
    ]);
  });

  test('on Windows: neither broadcast nor multicast groups', async () => {
    expect(await seen('win32', 'arp -a', fixture('other/arp-windows.txt'))).toEqual([
      { addresses: ['192.168.50.1'], mac: 'b8:27:eb:aa:bb:cc', stale: true },
    ]);
  });

  /** Windows writes in the code page of its console (850, 866, 932, 936), of which UTF-8 makes replacement characters. */
  const page = (text: string): string => Buffer.from(text, 'latin1').toString('utf8');
  test.each([
    ['German', 'Schnittstelle:', 'Internetadresse       Physische Adresse     Typ', 'dynamisch', 'statisch'],
    ['French', 'Interface\xff:', 'Adresse Internet      Adresse physique      Type', 'dynamique', 'statique'],
    [
      'Spanish',
      'Interfaz:',
      'Direcci\xa2n de Internet          Direcci\xa2n f\xa1sica      Tipo',
      'din\xa0mico',
      'est\xa0tico',
    ],
    [
      'Russian',
      '\x88\xad\xe2\xa5\xe0\xe4\xa5\xa9\xe1:',
      '\xa0\xa4\xe0\xa5\xe1',
      '\xa4\xa8\xad\xa0\xac',
      '\xe1\xe2\xa0\xe2',
    ],
    ['Japanese', '\x83C\x83\x93\x83^\x81[\x83t\x83F\x83C\x83X:', '\x8e\xed\x97\xde', '\x93\xae\x93I', '\x90\xc3\x93I'],
    ['Chinese', '\xbd\xd3\xbf\xda:', '\xc0\xe0\xd0\xcd', '\xb6\xaf\xcc\xac', '\xbe\xb2\xcc\xac'],
  ])('on a Windows in %s', async (_, head, columns, dynamic, fixed) => {
    const output = page(
      [
        '',
        `${head} 192.168.50.7 --- 0x5`,
        `  ${columns}`,
        `  192.168.50.44         dc-a6-32-12-34-56     ${dynamic}     `,
        `  192.168.50.1          2c-cf-67-00-00-01     ${fixed}      `,
        `  192.168.50.255        ff-ff-ff-ff-ff-ff     ${fixed}      `,
        `  224.0.0.251           01-00-5e-00-00-fb     ${fixed}      `,
        '',
      ].join('\r\n'),
    );
    expect(await seen('win32', 'arp -a', output)).toEqual([
      { addresses: ['192.168.50.44'], mac: 'dc:a6:32:12:34:56', stale: true },
      { addresses: ['192.168.50.1'], mac: '2c:cf:67:00:00:01', stale: true },
    ]);
  });
});
