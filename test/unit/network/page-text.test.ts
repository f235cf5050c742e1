import { describe, expect, test } from 'vitest';
import { explainText, readSubnetText, type NetworkSnapshot } from '../../../src-main/network/index.ts';
import { binaryText } from '../../../src-renderer/views/network/binary-text.ts';
import { ifconfigChoices } from '../../../src-renderer/views/network/ifconfig-choice.ts';
import { fixture } from './fixture.ts';

const read = (text: string): NetworkSnapshot => explainText(text).snapshot;
const textOf = (snapshot: NetworkSnapshot, argument: string): string =>
  ifconfigChoices(snapshot).find((one) => one.argument === argument)?.text ?? '';

describe('the classic ifconfig text', () => {
  const whole = fixture('other/ifconfig-net-tools-2.10.txt').trim();

  test('of the machine itself is given word for word', () => {
    const snapshot = read(whole);
    expect(textOf(snapshot, '-a')).toBe(whole);
    expect(textOf(snapshot, 'eth0')).toBe(whole.split('\n\n').find((block) => block.startsWith('eth0')));
  });

  test('is drawn from ip where there is no ifconfig', () => {
    const snapshot = read(
      '2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500\n    inet 192.168.50.7/24 brd 192.168.50.255 scope global eth0\n',
    );
    expect(snapshot.ifconfigText).toBeNull();
    expect(textOf(snapshot, 'eth0')).toContain('inet 192.168.50.7  netmask 255.255.255.0  broadcast 192.168.50.255');
  });

  test('of an interface the machine does not have is what ifconfig answers then', () => {
    const choice = ifconfigChoices(read(whole)).find(({ found }) => !found);
    expect(choice?.text).toBe(`${choice?.argument ?? ''}: error fetching interface information: Device not found`);
  });
});

test('address, mask and network in binary stand under each other; IPv6 has no such lines', () => {
  const lines = (text: string): string | null => {
    const reading = readSubnetText(text);
    return reading.kind === 'subnet' ? binaryText(reading.subnet) : null;
  };
  expect(lines('192.168.50.7/22')?.split('\n')).toEqual([
    'address  11000000.10101000.00110010.00000111  192.168.50.7',
    'mask     11111111.11111111.11111100.00000000  255.255.252.0',
    'network  11000000.10101000.00110000.00000000  192.168.48.0',
  ]);
  expect(lines('2001:db8::1/64')).toBeNull();
});
