import { decode, encode, type Answer } from 'dns-packet';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeMessage, decodeReply, encodeQuery, negativeTtl, readRecords } from '../../../src-main/dns/wire.ts';

const question = { name: 'pi.example', type: 'A' } as const;

function reply(overrides: Parameters<typeof encode>[0]): Buffer {
  return encode({ type: 'response', id: 7, questions: [{ ...question, class: 'IN' }], ...overrides });
}

describe('a query', () => {
  test('asks one question, wants recursion and offers 1232 bytes by EDNS', () => {
    const packet = decode(encodeQuery(4711, question, true));
    expect(packet).toMatchObject({
      id: 4711,
      type: 'query',
      flag_rd: true,
      questions: [{ name: 'pi.example', type: 'A', class: 'IN' }],
      additionals: [{ type: 'OPT', name: '.', udpPayloadSize: 1232 }],
    });
  });

  test('goes without EDNS where a server does not know it', () => {
    expect(decode(encodeQuery(1, question, false)).additionals).toEqual([]);
  });
});

describe('a reply', () => {
  test('belongs to the question whatever its letters look like', () => {
    const bytes = encode({ type: 'response', id: 7, questions: [{ name: 'PI.Example', type: 'A' }] });
    expect(decodeReply(bytes, 7, question)).not.toBeNull();
  });

  test.each([
    ['another id', reply({ id: 8 })],
    ['another name', reply({ questions: [{ name: 'other.example', type: 'A' }] })],
    ['another type', reply({ questions: [{ name: 'pi.example', type: 'AAAA' }] })],
    ['no question', reply({ questions: [] })],
    ['a query instead', encode({ type: 'query', id: 7, questions: [question] })],
    [
      'an address that is cut off',
      reply({ answers: [{ type: 'A', name: 'pi.example', data: '10.0.0.1' }] }).subarray(0, -1),
    ],
    [
      'an IPv6 address that is cut off',
      reply({ answers: [{ type: 'AAAA', name: 'pi.example', data: 'fd00::1' }] }).subarray(0, -1),
    ],
    ['no DNS at all', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['nothing', Buffer.alloc(0)],
  ])('with %s is not taken', (_why, bytes) => {
    expect(decodeReply(bytes, 7, question)).toBeNull();
  });

  test('is read or refused, whatever the bytes: it never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(400), fc.nat(255), (noise, at, value) => {
        decodeMessage(noise);
        const damaged = Buffer.from(reply({ answers: [{ type: 'A', name: 'pi.example', ttl: 5, data: '10.0.0.1' }] }));
        damaged[at % damaged.length] = value;
        const message = decodeMessage(damaged);
        if (message) readRecords(message.answers);
      }),
    );
  });
});

describe('records', () => {
  test.each<[Answer, { type: string; value: string; family?: 4 | 6 }]>([
    [
      { type: 'A', name: 'x', ttl: 60, data: '192.0.2.1' },
      { type: 'A', value: '192.0.2.1', family: 4 },
    ],
    [
      { type: 'AAAA', name: 'x', ttl: 60, data: '2001:db8::1' },
      { type: 'AAAA', value: '2001:db8::1', family: 6 },
    ],
    [
      { type: 'CNAME', name: 'x', ttl: 60, data: 'y.example' },
      { type: 'CNAME', value: 'y.example' },
    ],
    [
      { type: 'PTR', name: 'x', ttl: 60, data: 'host.example' },
      { type: 'PTR', value: 'host.example' },
    ],
    [
      { type: 'NS', name: 'x', ttl: 60, data: 'ns.example' },
      { type: 'NS', value: 'ns.example' },
    ],
    [
      { type: 'MX', name: 'x', ttl: 60, data: { preference: 10, exchange: 'mail.example' } },
      { type: 'MX', value: '10 mail.example' },
    ],
    [
      { type: 'SRV', name: 'x', ttl: 60, data: { priority: 0, weight: 5, port: 22, target: 'pi.local' } },
      { type: 'SRV', value: '0 5 22 pi.local' },
    ],
    [
      { type: 'TXT', name: 'x', ttl: 60, data: ['v=spf1 -all', 'say "hi" \\'] },
      { type: 'TXT', value: '"v=spf1 -all" "say \\"hi\\" \\\\"' },
    ],
    [
      { type: 'TXT', name: 'x', ttl: 60, data: ['grün\n'] },
      { type: 'TXT', value: '"grün\\010"' },
    ],
    [
      { type: 'TXT', name: 'x', ttl: 60, data: Buffer.from([0xff, 0x41]) },
      { type: 'TXT', value: '"\\255A"' },
    ],
    [
      {
        type: 'SOA',
        name: 'x',
        ttl: 60,
        data: { mname: 'ns.x', rname: 'root.x', serial: 1, refresh: 2, retry: 3, expire: 4, minimum: 5 },
      },
      { type: 'SOA', value: 'ns.x root.x 1 2 3 4 5' },
    ],
    [
      { type: 'NULL', name: 'x', ttl: 60, data: Buffer.from([1, 2]) },
      { type: 'NULL', value: '\\# 2 0102' },
    ],
  ])('%j reads as a zone file writes it', (answer, expected) => {
    const decoded = decode(encode({ type: 'response', answers: [answer] }));
    expect(readRecords(decoded.answers)).toEqual([{ name: 'x', ttl: 60, family: null, ...expected }]);
  });

  test('of unknown types keep their number', () => {
    const bytes = encode({ type: 'response', answers: [{ type: 'A', name: 'x', ttl: 1, data: '1.2.3.4' }] });
    bytes.writeUInt16BE(65, 12 + 3);
    expect(readRecords(decode(bytes).answers)).toMatchObject([{ type: 'TYPE65', value: '\\# 4 01020304' }]);
  });

  test('of EDNS are not shown', () => {
    const message = decode(encodeQuery(1, question, true));
    expect(readRecords(message.additionals)).toEqual([]);
  });
});

test('an absence may be remembered for the smaller of the SOA’s TTL and minimum', () => {
  const soa = (ttl: number, minimum: number): Answer => ({
    type: 'SOA',
    name: 'example',
    ttl,
    data: { mname: 'ns', rname: 'root', serial: 1, refresh: 1, retry: 1, expire: 1, minimum },
  });
  const ttlOf = (answers: Answer[]): number | null => {
    const message = decodeMessage(encode({ type: 'response', authorities: answers }));
    return message && negativeTtl(message);
  };
  expect([ttlOf([soa(900, 300)]), ttlOf([soa(60, 300)]), ttlOf([])]).toEqual([300, 60, null]);
});
