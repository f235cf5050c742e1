import type { ElfFacts, TargetFacts } from './facts.ts';

/** The architectures a Node can be brought for. */
export const NODE_ARCHITECTURES = ['linux-arm64', 'linux-armv7l', 'linux-x64'] as const;
export type NodeArchitecture = (typeof NODE_ARCHITECTURES)[number];

/** Which Node fits a target, or why none does. */
export type ArchitectureChoice =
  | { readonly kind: 'known'; readonly arch: NodeArchitecture; readonly because: string }
  /** Pi 1 and Zero: official builds ended with Node 11, armv7 builds die of an illegal instruction. */
  | { readonly kind: 'armv6' }
  | { readonly kind: 'unsupported'; readonly name: string }
  | { readonly kind: 'unknown' };

const ELF_ARM = 40;
const ELF_X86_64 = 62;
const ELF_AARCH64 = 183;

/**
 * Decides by the userland, never by the kernel: a 64-bit kernel under a 32-bit userland is common on Raspberry Pi OS, and
 * an arm64 program then ends with a confusing "not found" (vscode-remote-release#2947).
 */
export function chooseArchitecture(facts: TargetFacts): ArchitectureChoice {
  if (facts.machine !== null && /^armv6/.test(facts.machine)) return { kind: 'armv6' };
  return byPackages(facts) ?? byElf(facts.elf) ?? byMachine(facts);
}

function byPackages({ dpkgArchitecture }: TargetFacts): ArchitectureChoice | null {
  switch (dpkgArchitecture) {
    case null:
      return null;
    case 'arm64':
      return { kind: 'known', arch: 'linux-arm64', because: 'its packages are arm64' };
    case 'armhf':
      return { kind: 'known', arch: 'linux-armv7l', because: 'its packages are armhf (a 32-bit system)' };
    case 'amd64':
      return { kind: 'known', arch: 'linux-x64', because: 'its packages are amd64' };
    default:
      return { kind: 'unsupported', name: dpkgArchitecture };
  }
}

function byElf(elf: ElfFacts | null): ArchitectureChoice | null {
  if (elf === null) return null;
  const because = 'its /bin/sh is built for it';
  if (elf.machine === ELF_AARCH64 && elf.bits === 64) return { kind: 'known', arch: 'linux-arm64', because };
  if (elf.machine === ELF_X86_64 && elf.bits === 64) return { kind: 'known', arch: 'linux-x64', because };
  if (elf.machine === ELF_ARM && elf.bits === 32) {
    if (elf.hardFloat === false) return { kind: 'unsupported', name: 'armel (soft-float ARM)' };
    return { kind: 'known', arch: 'linux-armv7l', because };
  }
  return { kind: 'unsupported', name: `ELF machine ${elf.machine}, ${elf.bits}-bit` };
}

function byMachine({ machine, longBit }: TargetFacts): ArchitectureChoice {
  const because = `uname says ${machine}`;
  if (machine === 'aarch64' || machine === 'arm64') {
    if (longBit === 32) return { kind: 'known', arch: 'linux-armv7l', because: `${because}, with 32-bit programs` };
    return { kind: 'known', arch: 'linux-arm64', because };
  }
  if (machine === 'x86_64' && longBit !== 32) return { kind: 'known', arch: 'linux-x64', because };
  if (machine !== null && /^armv[78]/.test(machine)) return { kind: 'known', arch: 'linux-armv7l', because };
  return machine === null ? { kind: 'unknown' } : { kind: 'unsupported', name: machine };
}
