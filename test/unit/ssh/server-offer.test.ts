import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ServerOffer } from '../../../src-main/ssh/server-offer.ts';

const lists = [
  'curve25519-sha256,ext-info-s,kex-strict-s-v00@openssh.com',
  'ssh-ed25519,rsa-sha2-512',
  'aes128-ctr',
  'aes256-ctr',
  'hmac-sha2-256',
  'hmac-sha1',
  'none',
  'none',
  '',
  '',
];

/** SSH_MSG_KEXINIT as RFC 4253, 7.1 lays it out, in a binary packet (6). */
function kexInit(): Buffer {
  const names = lists.map((list) => Buffer.concat([Buffer.from([0, 0, 0, list.length]), Buffer.from(list)]));
  const payload = Buffer.concat([Buffer.from([20]), Buffer.alloc(16, 7), ...names, Buffer.alloc(5)]);
  const padding = 8 - ((payload.length + 5) % 8) + 8;
  const packet = Buffer.alloc(5);
  packet.writeUInt32BE(payload.length + padding + 1, 0);
  packet[4] = padding;
  return Buffer.concat([packet, payload, Buffer.alloc(padding)]);
}

const greeting = Buffer.from('Welcome\r\nSSH-2.0-OpenSSH_9.2p1 Debian\r\n');

test('the identification and the lists are read from any split of the stream', () => {
  const stream = Buffer.concat([greeting, kexInit(), Buffer.from('more')]);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: stream.length }), { maxLength: 30 }), (cuts) => {
      const offer = new ServerOffer();
      const points = [0, ...cuts.sort((a, b) => a - b), stream.length];
      points.slice(1).forEach((end, index) => offer.push(stream.subarray(points[index], end)));
      expect({ identification: offer.identification, lists: offer.lists }).toEqual({
        identification: 'SSH-2.0-OpenSSH_9.2p1 Debian',
        lists: {
          kex: ['curve25519-sha256'],
          hostKey: ['ssh-ed25519', 'rsa-sha2-512'],
          cipher: ['aes128-ctr'],
          mac: ['hmac-sha2-256'],
        },
      });
    }),
  );
});

test('no bytes make it throw, and it gives up after a bound', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const offer = new ServerOffer();
      offer.push(greeting);
      offer.push(bytes);
    }),
  );
  const offer = new ServerOffer();
  offer.push(Buffer.alloc(100_000));
  expect({ done: offer.done, lists: offer.lists }).toEqual({ done: true, lists: null });
});
