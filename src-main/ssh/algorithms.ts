import type { Algorithms } from 'ssh2';

/** The four things both sides must agree on (RFC 4253, 7.1), as lists in our order of preference. */
export interface AlgorithmLists {
  readonly kex: readonly string[];
  readonly hostKey: readonly string[];
  readonly cipher: readonly string[];
  readonly mac: readonly string[];
}

/**
 * What is offered to every server. Elliptic curves come first and group exchange last: computing with the large groups
 * a server may choose there can block Node for many seconds.
 */
const MODERN: AlgorithmLists = {
  kex: [
    'curve25519-sha256',
    'curve25519-sha256@libssh.org',
    'ecdh-sha2-nistp256',
    'ecdh-sha2-nistp384',
    'ecdh-sha2-nistp521',
    'diffie-hellman-group14-sha256',
    'diffie-hellman-group16-sha512',
    'diffie-hellman-group18-sha512',
    'diffie-hellman-group-exchange-sha256',
  ],
  hostKey: [
    'ssh-ed25519',
    'ecdsa-sha2-nistp256',
    'ecdsa-sha2-nistp384',
    'ecdsa-sha2-nistp521',
    'rsa-sha2-512',
    'rsa-sha2-256',
  ],
  cipher: [
    'aes128-gcm@openssh.com',
    'aes256-gcm@openssh.com',
    'aes128-ctr',
    'aes192-ctr',
    'aes256-ctr',
    'chacha20-poly1305@openssh.com',
  ],
  mac: [
    'hmac-sha2-256-etm@openssh.com',
    'hmac-sha2-512-etm@openssh.com',
    'hmac-sha1-etm@openssh.com',
    'hmac-sha2-256',
    'hmac-sha2-512',
    'hmac-sha1',
  ],
};

/** What only very old servers need; offered after an explicit choice for one device, and then last. */
const LEGACY: AlgorithmLists = {
  kex: ['diffie-hellman-group-exchange-sha1', 'diffie-hellman-group14-sha1', 'diffie-hellman-group1-sha1'],
  hostKey: ['ssh-rsa', 'ssh-dss'],
  cipher: ['aes256-cbc', 'aes192-cbc', 'aes128-cbc', '3des-cbc'],
  mac: ['hmac-md5', 'hmac-sha1-96', 'hmac-md5-96'],
};

/** The host key algorithms that one type of key can be used with (RFC 8332: an RSA key has three). */
const ALGORITHMS_OF_KEY_TYPE: Readonly<Record<string, readonly string[]>> = {
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'],
};

export interface AlgorithmChoice {
  /** Adds what is no longer safe, after everything else. */
  readonly legacy: boolean;
  /** Types of host key known for this host: asked for first, so that a known host shows the key it is known by. */
  readonly knownKeyTypes: readonly string[];
}

/** What is offered to a server. */
export function offeredAlgorithms({ legacy, knownKeyTypes }: AlgorithmChoice): AlgorithmLists {
  const lists = legacy ? joined(MODERN, LEGACY) : MODERN;
  const known = knownKeyTypes.flatMap((type) => ALGORITHMS_OF_KEY_TYPE[type] ?? [type]);
  const isKnown = (name: string): boolean => known.includes(name);
  return {
    ...lists,
    hostKey: [...lists.hostKey.filter(isKnown), ...lists.hostKey.filter((name) => !isKnown(name))],
  };
}

/** True when the lists for old servers have something in common with what a server offers in this category. */
export function legacyWouldHelp(category: keyof AlgorithmLists, theirs: readonly string[]): boolean {
  return LEGACY[category].some((name) => theirs.includes(name));
}

/** The same in ssh2's words. */
export function ssh2Algorithms(lists: AlgorithmLists): Algorithms {
  return {
    kex: [...lists.kex] as Algorithms['kex'] & unknown[],
    serverHostKey: [...lists.hostKey] as Algorithms['serverHostKey'] & unknown[],
    cipher: [...lists.cipher] as Algorithms['cipher'] & unknown[],
    hmac: [...lists.mac] as Algorithms['hmac'] & unknown[],
    compress: ['none'],
  };
}

function joined(first: AlgorithmLists, second: AlgorithmLists): AlgorithmLists {
  return {
    kex: [...first.kex, ...second.kex],
    hostKey: [...first.hostKey, ...second.hostKey],
    cipher: [...first.cipher, ...second.cipher],
    mac: [...first.mac, ...second.mac],
  };
}
