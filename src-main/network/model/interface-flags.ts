/** IFF_* of linux/if.h that ifconfig prints, in the order net-tools prints them. */
export const INTERFACE_FLAGS: readonly (readonly [string, number])[] = [
  ['UP', 0x1],
  ['BROADCAST', 0x2],
  ['DEBUG', 0x4],
  ['LOOPBACK', 0x8],
  ['POINTOPOINT', 0x10],
  ['NOTRAILERS', 0x20],
  ['RUNNING', 0x40],
  ['NOARP', 0x80],
  ['PROMISC', 0x100],
  ['ALLMULTI', 0x200],
  ['SLAVE', 0x800],
  ['MASTER', 0x400],
  ['MULTICAST', 0x1000],
  ['DYNAMIC', 0x8000],
];

/** The names of the bits set in `flags`. */
export function flagNames(flags: number): readonly string[] {
  return INTERFACE_FLAGS.flatMap(([name, bit]) => ((flags & bit) === 0 ? [] : [name]));
}
