import { describe, expect, test } from 'vitest';
import { rank } from '../../../src-renderer/app/palette/rank.ts';

const items = [
  { label: 'This computer (practice): Overview', detail: 'simulated' },
  { label: 'This computer (practice): LED', detail: 'simulated' },
  { label: 'Bench 3', detail: 'pi@192.168.1.33' },
  { label: 'Café', detail: 'pi@cafe.local' },
  { label: 'DNS', keywords: ['look up', 'name'] },
  { label: 'Settings' },
  { label: 'Switch the LED on', detail: 'Bench 3', keywords: ['lamp', 'light', 'gpio'] },
  { label: 'Theme: light' },
];

const found = (query: string): string[] => rank(items, query).map(({ label }) => label);

describe('the command palette', () => {
  test('shows everything in its own order while nothing is typed', () => {
    expect(rank(items, '  ')).toEqual(items);
  });

  test.each([
    ['led', ['This computer (practice): LED', 'Switch the LED on']],
    ['led on', ['Switch the LED on']],
    ['on led', ['Switch the LED on']],
    ['bench', ['Bench 3', 'Switch the LED on']],
    ['CAFE', ['Café']],
    ['café', ['Café']],
    ['192.168', ['Bench 3']],
    ['light', ['Theme: light', 'Switch the LED on']],
    ['(practice)', ['This computer (practice): Overview', 'This computer (practice): LED']],
    ['nothing of the kind', []],
  ])('finds for %j in this order: %j', (query, labels) => {
    expect(found(query)).toEqual(labels);
  });

  test('what begins with the query comes before what only holds it', () => {
    const names = [{ label: 'Reset' }, { label: 'Settings' }, { label: 'Set' }];
    expect(rank(names, 'set').map(({ label }) => label)).toEqual(['Settings', 'Set', 'Reset']);
  });
});
