import { EXPLAIN_MAX_CHARACTERS } from '../../../src-main/api/contract/network.ts';
import type { Calls } from '../../../src-main/api/contract.ts';
import type { ResultOf } from '../../../src-main/api/definition.ts';
import { client } from '../../state/client.svelte.ts';

/** Pasted text and what it tells. */
export class ExplainPage {
  text = $state('');
  result = $state.raw<ResultOf<Calls['network.explain']> | null>(null);
  error = $state.raw<unknown>(null);
  busy = $state(false);
  /** The text that `result` was read from. */
  explained = $state('');

  /** What is wrong with the text before it is sent, or an empty string. */
  complaint(): string {
    if (this.text.trim() === '') return 'Paste what ifconfig, ip addr, ip route or arp printed on the Pi.';
    const excess = this.text.length - EXPLAIN_MAX_CHARACTERS;
    return excess > 0 ? `This text is ${excess} characters too long: paste only the network settings.` : '';
  }

  async explain(): Promise<void> {
    const { text } = this;
    this.busy = true;
    try {
      this.result = await client.call('network.explain', { text });
      this.explained = text;
      this.error = null;
    } catch (thrown) {
      this.error = thrown;
      this.result = null;
    } finally {
      this.busy = false;
    }
  }
}

/** A Pi 4 at a home router by cable, as it prints itself. */
export const EXAMPLE = `pi@raspberrypi:~ $ ifconfig -a
eth0: flags=4163<UP,BROADCAST,RUNNING,MULTICAST>  mtu 1500
        inet 192.168.50.7  netmask 255.255.255.0  broadcast 192.168.50.255
        inet6 fe80::dea6:32ff:fe12:3456  prefixlen 64  scopeid 0x20<link>
        ether dc:a6:32:12:34:56  txqueuelen 1000  (Ethernet)
        RX packets 48211  bytes 61823744 (58.9 MiB)
        RX errors 0  dropped 12  overruns 0  frame 0
        TX packets 20544  bytes 2150993 (2.0 MiB)
        TX errors 0  dropped 0 overruns 0  carrier 0  collisions 0

lo: flags=73<UP,LOOPBACK,RUNNING>  mtu 65536
        inet 127.0.0.1  netmask 255.0.0.0
        inet6 ::1  prefixlen 128  scopeid 0x10<host>
        loop  txqueuelen 1000  (Local Loopback)
        RX packets 80  bytes 9440 (9.2 KiB)
        RX errors 0  dropped 0  overruns 0  frame 0
        TX packets 80  bytes 9440 (9.2 KiB)
        TX errors 0  dropped 0 overruns 0  carrier 0  collisions 0

wlan0: flags=4099<UP,BROADCAST,MULTICAST>  mtu 1500
        ether dc:a6:32:12:34:57  txqueuelen 1000  (Ethernet)
        RX packets 0  bytes 0 (0.0 B)
        RX errors 0  dropped 0  overruns 0  frame 0
        TX packets 0  bytes 0 (0.0 B)
        TX errors 0  dropped 0 overruns 0  carrier 0  collisions 0

pi@raspberrypi:~ $ ip route
default via 192.168.50.1 dev eth0 proto dhcp src 192.168.50.7 metric 100
192.168.50.0/24 dev eth0 proto kernel scope link src 192.168.50.7 metric 100
pi@raspberrypi:~ $ cat /etc/resolv.conf
nameserver 192.168.50.1
`;
