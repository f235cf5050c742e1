import type { Installation } from './installation.ts';

/** A Node found on the target, or one that does not run. */
export interface NodeCandidate {
  /** Where it was found. */
  readonly path: string;
  /** What it says its own path is: the one a service must be given (nvm#3810). Null when it did not run. */
  readonly execPath: string | null;
  /** `20.11.0`, or null when it did not run. */
  readonly version: string | null;
  /** Node's own name of its architecture, such as `arm64`. */
  readonly arch: string | null;
  /** Exit code of the attempt; 132 is an illegal instruction, 126 and 127 cannot be run. */
  readonly exitCode: number;
}

/** First bytes of `/bin/sh` (elf(5)): they tell what the userland is made of, whatever the kernel says. */
export interface ElfFacts {
  readonly bits: 32 | 64;
  /** `e_machine`: 40 ARM, 183 AArch64, 62 x86-64, 3 i386. */
  readonly machine: number;
  /** For 32-bit ARM: hard-float calling convention; null where it does not apply. */
  readonly hardFloat: boolean | null;
}

export type SudoFact = 'root' | 'passwordless' | 'password' | 'refused' | 'missing' | 'unknown';

export interface ListeningPort {
  readonly port: number;
  /** Name of the process and its id, where the target tells. */
  readonly owner: string | null;
}

export interface GpioFacts {
  /** Chips under `/sys/class/gpio`, or null when there is no such folder. */
  readonly sysfsChips: readonly { readonly base: number; readonly label: string }[] | null;
  readonly sysfsWritable: boolean;
  /** Kernel numbers of the pins that are exported. */
  readonly exported: readonly number[];
  /** `/dev/gpiochip*` and `/dev/gpiomem*`, and whether the account may open them. */
  readonly devices: readonly { readonly path: string; readonly usable: boolean }[];
  /** Output of `gpiodetect`; null when it is not installed. */
  readonly gpiodetect: string | null;
  /** First line of `gpioset --version`; null when it is not installed. */
  readonly gpiosetVersion: string | null;
  readonly hasPinctrl: boolean;
  readonly gpioinfo: string;
}

/** Everything the probe read. A fact the target could not tell is null. */
export interface TargetFacts {
  readonly model: string | null;
  readonly serial: string | null;
  readonly osName: string | null;
  readonly osId: string | null;
  readonly system: string | null;
  readonly kernelRelease: string | null;
  /** `uname -m`: the kernel's architecture. */
  readonly machine: string | null;
  readonly dpkgArchitecture: string | null;
  readonly longBit: number | null;
  readonly elf: ElfFacts | null;
  readonly libc: 'glibc' | 'musl' | null;
  /** Of glibc: `[2, 36]`. */
  readonly glibcVersion: readonly [number, number] | null;
  readonly account: {
    readonly user: string | null;
    readonly uid: number | null;
    readonly gid: number | null;
    readonly groups: readonly string[];
    readonly home: string;
  };
  readonly gpioGroupExists: boolean;
  readonly folder: {
    readonly path: string;
    /** The nearest folder on the way to it that exists. */
    readonly nearest: string;
    /** The topmost folder that a deployment will make, or null when all are there. */
    readonly firstMissing: string | null;
    readonly writable: boolean;
    readonly freeBytes: number | null;
    readonly freeInodes: number | null;
    readonly mountPoint: string | null;
    /** Mount options, such as `['rw', 'noexec']`. */
    readonly mountOptions: readonly string[];
  };
  readonly memoryBytes: number | null;
  /** The target's clock, seconds since the epoch. */
  readonly clockSeconds: number | null;
  readonly throttled: string | null;
  readonly sudo: SudoFact;
  readonly systemd: {
    /** True only when it is process 1 (`/run/systemd/system`), not when a `systemctl` lies around. */
    readonly running: boolean;
    readonly version: number | null;
    readonly userManager: boolean;
    readonly linger: boolean;
    readonly hasLoginctl: boolean;
  };
  readonly hasApt: boolean;
  /** The version of Node that apt would install; null where it was not asked, as a Node is there, or knows none. */
  readonly nodePackage: string | null;
  readonly hasGzip: boolean;
  readonly avahi: { readonly hasFolder: boolean; readonly running: boolean };
  readonly gpio: GpioFacts;
  readonly ports: readonly ListeningPort[];
  readonly nodes: readonly NodeCandidate[];
  /** Runtimes of ours that are there: full paths of `bin/node`. */
  readonly runtimes: readonly string[];
  readonly installation: Installation;
}
