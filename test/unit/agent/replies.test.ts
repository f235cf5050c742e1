import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LedState } from '../../../pi-agent/src/led-state.ts';
import { CommandScanner } from '../../../pi-agent/src/protocol.ts';
import {
  HELP_REPLY,
  LineReader,
  MAX_LINE_BYTES,
  badTimeReply,
  errorReply,
  factsReply,
  faultReply,
  parseFacts,
  parseLine,
  stateLine,
  stateReply,
} from '../../../pi-agent/src/replies.ts';

const steady = { kind: 'steady' } as const;
const activity = fc.oneof(
  fc.constant(steady),
  fc.integer({ min: 20, max: 60_000 }).map((phaseMs) => ({ kind: 'blink', phaseMs }) as const),
  fc.integer({ min: 1, max: 60_000 }).map((onMs) => ({ kind: 'pulse', onMs }) as const),
);
const anyState: fc.Arbitrary<LedState> = fc.record({
  number: fc.nat(),
  level: fc.constantFrom(0, 1, null),
  activity,
});

describe('replies', () => {
  test.each([
    [stateReply({ number: 1, level: 1, activity: steady }), 'OK ON'],
    [stateReply({ number: 1, level: 0, activity: steady }), 'OK OFF'],
    [stateReply({ number: 1, level: null, activity: steady }), 'OK UNKNOWN'],
    [stateReply({ number: 1, level: 0, activity: { kind: 'blink', phaseMs: 500 } }), 'OK OFF BLINK 500'],
    [stateLine({ number: 7, level: 1, activity: steady }), 'STATE 7 ON'],
    [stateLine({ number: 8, level: 1, activity: { kind: 'pulse', onMs: 200 } }), 'STATE 8 ON PULSE 200'],
    [
      badTimeReply('BLINK'),
      'ERR bad-value BLINK takes a whole number of milliseconds from 20 to 60000, as in BLINK 500',
    ],
    [errorReply('gpio-failed', 'two\r\n lines'), 'ERR gpio-failed two lines'],
    [
      factsReply({ version: '1.0', uptime: 12, refused: 'onoff: "no" \\', host: 'my pi' }),
      'OK version=1.0 uptime=12 refused="onoff: \\"no\\" \\\\" host="my pi"',
    ],
  ])('%s', (reply, right) => {
    expect(reply).toBe(right);
  });

  test('name the input they answer, and what to do', () => {
    const faults = new CommandScanner().push(Buffer.from('LIGHT ON\n'));
    expect(faults.flatMap((item) => (item.kind === 'fault' ? faultReply(item) : []))).toEqual([
      'ERR unknown-command "LIGHT ON": not a command, send HELP for the list',
    ]);
  });

  test('are one line each, whatever they quote', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (stream) => {
        const scanner = new CommandScanner();
        for (const item of [...scanner.push(stream), ...scanner.forget()]) {
          if (item.kind === 'fault') expect(faultReply(item)).toMatch(/^ERR [a-z-]+ [\x20-\x7e]+$/);
        }
      }),
    );
  });

  test('HELP names every word', () => {
    expect(HELP_REPLY).toBe(
      'OK ON OFF TOGGLE STATUS INFO PING WATCH UNWATCH WHO IDENTIFY HELP QUIT BLINK <ms> PULSE <ms> AUTH <token>',
    );
  });
});

describe('reading an agent', () => {
  test.each([
    ['OK ON', { kind: 'ok', text: 'ON' }],
    ['OK PONG\r', { kind: 'ok', text: 'PONG' }],
    ['OK', { kind: 'ok', text: '' }],
    ['ERR busy 64 clients', { kind: 'error', code: 'busy', sentence: '64 clients' }],
    ['ERR busy', { kind: 'error', code: 'busy', sentence: '' }],
    ['BYE', { kind: 'bye', reason: '' }],
    ['BYE idle', { kind: 'bye', reason: 'idle' }],
    ['STATE 7 ON', { kind: 'state', state: { number: 7, level: 1, activity: steady } }],
    ['STATE 7 UNKNOWN', { kind: 'state', state: { number: 7, level: null, activity: steady } }],
    ['STATE seven ON', { kind: 'other', text: 'STATE seven ON' }],
    ['STATE 7 PURPLE', { kind: 'other', text: 'STATE 7 PURPLE' }],
    ['SSH-2.0-OpenSSH_9.2', { kind: 'other', text: 'SSH-2.0-OpenSSH_9.2' }],
    ['', { kind: 'other', text: '' }],
    ['OKAY', { kind: 'other', text: 'OKAY' }],
  ])('%j', (line, right) => {
    expect(parseLine(line)).toEqual(right);
  });

  test('gets back every state that was told', () => {
    fc.assert(
      fc.property(anyState, (state) => {
        expect(parseLine(stateLine(state))).toEqual({ kind: 'state', state });
      }),
    );
  });

  test('gets back every fact that was told, whatever is in it', () => {
    const facts = fc.dictionary(fc.stringMatching(/^[a-z-]{1,10}$/), fc.string());
    fc.assert(
      fc.property(facts, (told) => {
        expect({ ...parseFacts(factsReply(told).slice(3)) }).toEqual({ ...told });
      }),
    );
  });

  test('cuts lines however they arrive', () => {
    const lines = fc.array(fc.constantFrom('OK ON', 'STATE 3 OFF', 'BYE', 'ERR busy grün'), { maxLength: 10 });
    fc.assert(
      fc.property(lines, fc.integer({ min: 1, max: 7 }), (sent, size) => {
        const stream = Buffer.from(sent.map((line) => `${line}\n`).join(''));
        const reader = new LineReader();
        const read = [];
        for (let at = 0; at < stream.length; at += size) read.push(...reader.push(stream.subarray(at, at + size)));
        expect(read).toEqual(sent.map(parseLine));
      }),
    );
  });

  test('gives up on a line that is too long to be an agent', () => {
    expect(() => new LineReader().push(Buffer.alloc(MAX_LINE_BYTES + 1, 'A'))).toThrow('not the LED agent');
  });
});
