import { expect, test } from 'vitest';
import type { FoundDevice, SearchState } from '../../../src-main/discovery/index.ts';
import { searchText } from '../../../src-renderer/views/discovery/search-words.ts';

const search = (phase: SearchState['phase'], asked = 254): SearchState => ({
  phase,
  networks: ['192.168.1.0/24'],
  asked,
  total: 254,
  startedAt: 1,
  endedAt: null,
  warnings: [],
});

test.each([
  [search('never', 0), 0, 'Nothing has been searched yet.'],
  [search('never', 0), 2, '2 devices noticed without a search.'],
  [search('running', 64), 0, 'Asked 64 of 254 addresses. Nothing has answered yet.'],
  [search('running', 64), 1, 'Asked 64 of 254 addresses. 1 device found.'],
  [
    search('stopped', 64),
    0,
    'Stopped after 64 of 254 addresses, and nothing had answered. Search again to ask the rest.',
  ],
  [search('stopped', 64), 1, 'Stopped after 64 of 254 addresses. 1 device found.'],
  [search('done'), 0, 'Asked 254 addresses, and nothing answered. Go through the points below, then search again.'],
  [search('done'), 3, 'Asked 254 addresses. 3 devices found.'],
])('a search that is %j with %i found: %s', (state, found, text) => {
  expect(searchText(state, Array(found).fill({ presence: 'here' }))).toBe(text);
});

test('what is only written down, or has gone, is not found', () => {
  const listed = (['here', 'written', 'gone'] as const satisfies FoundDevice['presence'][]).map((presence) => ({
    presence,
  }));
  expect(searchText(search('done'), listed)).toBe('Asked 254 addresses. 1 device found.');
  expect(searchText(search('never', 0), listed.slice(1))).toBe('Nothing has been searched yet.');
});
