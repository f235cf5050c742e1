import { describe, expect, test } from 'vitest';
import type { LookupAnswer, Outcome, ResolverKind } from '../../../src-main/dns/answer.ts';
import { explainDifferences, overallOutcome, summarize } from '../../../src-main/dns/summary.ts';
import { pythonException, wordsFor } from '../../../src-main/dns/words.ts';

const here = { kind: 'here', label: 'this computer' } as const;
const server = { kind: 'server', label: 'DNS server 192.168.1.1', server: '192.168.1.1' } as const;
const outcomes: readonly Outcome[] = [
  'found',
  'not-found',
  'no-data',
  'server-failed',
  'refused',
  'timed-out',
  'no-server',
  'no-network',
  'off',
  'failed',
];

describe('the words of each outcome', () => {
  const asked = { name: 'pi.example', type: 'A', resolver: server, origin: here, code: 'X', recordCount: 2 } as const;

  test('differ from one another and end as sentences do', () => {
    const messages = outcomes.map((outcome) => wordsFor(outcome, asked).message);
    expect(new Set(messages).size).toBe(outcomes.length);
    for (const message of messages) expect(message).toMatch(/^[A-Z0-9p].*\.$/);
  });

  test('name the place to look at next when the way to the server is broken', () => {
    expect(wordsFor('no-network', asked).message).toBe('This computer has no network that leads to 192.168.1.1.');
    const fromDevice = { ...asked, origin: { kind: 'device', deviceId: 'pi', label: 'pi@10.0.0.7' } } as const;
    expect(wordsFor('no-network', fromDevice).message).toBe('pi@10.0.0.7 has no network that leads to 192.168.1.1.');
    expect(wordsFor('no-server', asked).message).toContain('192.168.1.1 is there, but no DNS server runs on it');
    expect(wordsFor('timed-out', asked).hint).toContain('says nothing about the name');
  });

  test('explain that DNS servers do not know .local names', () => {
    expect(wordsFor('not-found', { ...asked, name: 'pi.local' }).hint).toContain('over mDNS');
    expect(wordsFor('not-found', { ...asked, name: 'raspberrypi' }).hint).toContain('raspberrypi.local');
    expect(wordsFor('not-found', { ...asked, type: 'PTR' }).hint).toContain('breaks nothing');
  });

  test('say over mDNS that no device answers', () => {
    const resolver = { kind: 'mdns', label: 'mDNS on eth0', server: 'eth0' } as const;
    expect(wordsFor('timed-out', { ...asked, name: 'pi.local', resolver }).message).toBe(
      'No device on eth0 answers to pi.local.',
    );
  });
});

test('only what Python’s socket can ask has a Python exception', () => {
  expect(outcomes.map((outcome) => pythonException(outcome, 'MX'))).toEqual(outcomes.map(() => null));
  expect(pythonException('found', 'A')).toBeNull();
  expect(pythonException('not-found', 'A/AAAA')).toBe('socket.gaierror: [Errno -2] Name or service not known');
});

function answer(kind: ResolverKind, outcome: Outcome, values: readonly string[] = []): LookupAnswer {
  return {
    id: `${kind}${outcome}`,
    origin: here,
    resolver: { kind, label: kind, server: null },
    transport: 'udp',
    through: 'app',
    type: 'A',
    outcome,
    records: values.map((value) => ({ name: 'x', type: 'A', ttl: 1, value, family: 4 as const })),
    durationMs: 1,
    code: '',
    message: '',
    hint: '',
    python: null,
    facts: null,
  };
}

describe('the summary over all answers', () => {
  test.each<[LookupAnswer[], Outcome, string]>([
    [[answer('server', 'not-found'), answer('system', 'found', ['127.0.0.1'])], 'found', 'x: 1 record found.'],
    [[answer('server', 'found', ['1', '2']), answer('system', 'found', ['1'])], 'found', 'x: 2 records found.'],
    [[answer('server', 'timed-out'), answer('system', 'not-found')], 'not-found', 'x was not found.'],
    [
      [answer('server', 'not-found'), answer('server', 'no-data')],
      'no-data',
      'x exists, but has no record of the types asked for.',
    ],
    [[answer('server', 'no-network')], 'no-network', 'x could not be looked up: there is no network.'],
    [[answer('server', 'refused')], 'refused', 'Nobody could say anything about x.'],
    [[answer('mdns', 'off')], 'off', 'Nobody was asked.'],
    [[], 'off', 'Nobody was asked.'],
  ])('%#', (answers, outcome, sentence) => {
    expect([overallOutcome(answers), summarize('x', answers)]).toEqual([outcome, sentence]);
  });

  test('explains two devices of one name, and a name that only mDNS knows', () => {
    const answers = [answer('mdns', 'found', ['192.168.1.4', '192.168.1.5']), answer('system', 'not-found')];
    expect(explainDifferences({ name: 'pi.local', wireName: 'pi.local', answers })).toEqual([
      expect.stringContaining('does not ask mDNS'),
      expect.stringContaining('two devices of one name'),
    ]);
  });

  test('has nothing to explain where all agree', () => {
    const answers = [answer('system', 'found', ['1']), answer('server', 'found', ['1'])];
    expect(explainDifferences({ name: 'x', wireName: 'x', answers })).toEqual([]);
  });
});
