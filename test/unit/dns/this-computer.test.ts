import type { NetworkInterfaceInfo } from 'node:os';
import { describe, expect, test } from 'vitest';
import { resolversOfThisComputer } from '../../../src-main/api/local-resolvers.ts';

const ipv4 = (address: string, prefix: number, internal = false): NetworkInterfaceInfo => ({
  family: 'IPv4',
  address,
  netmask: '',
  mac: '00:00:00:00:00:00',
  internal,
  cidr: `${address}/${prefix}`,
});

const listed = {
  lo: [ipv4('127.0.0.1', 8, true)],
  eth0: [ipv4('192.168.1.2', 24)],
  docker0: [ipv4('172.17.0.1', 16)],
  'br-0123456789ab': [ipv4('172.18.0.1', 16)],
  tun0: [ipv4('10.8.0.6', 24)],
};

describe('this computer asks over mDNS', () => {
  test('the networks around it, neither its containers nor a distant network', () => {
    const { interfaces } = resolversOfThisComputer(null, () => listed).mdnsInterfaces();
    expect(interfaces.map(({ name }) => name)).toEqual(['eth0']);
    const { lo, docker0, tun0 } = listed;
    const none = resolversOfThisComputer(null, () => ({ lo, docker0, tun0 })).mdnsInterfaces();
    expect(none).toEqual({ interfaces: [], reason: 'No adapter of this computer leads to a network around it.' });
  });

  test('exactly the networks it was started for', () => {
    const { mdnsInterfaces } = resolversOfThisComputer(['172.17.0.0/16', '127.0.0.0/24'], () => listed);
    expect(mdnsInterfaces().interfaces.map(({ name }) => name)).toEqual(['lo', 'docker0']);
    const none = resolversOfThisComputer(['10.1.2.0/24'], () => listed).mdnsInterfaces();
    expect(none).toEqual({ interfaces: [], reason: 'No adapter of this computer is in 10.1.2.0/24.' });
  });
});
