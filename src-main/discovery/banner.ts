/** What an SSH identification string tells of the machine. */
export interface BannerReading {
  /** `Raspbian`, `Debian`, `Ubuntu`, or null. */
  readonly system: string | null;
  /** `OpenSSH 9.2p1`, `Dropbear 2022.83`, or null. */
  readonly server: string | null;
}

const SYSTEMS = ['Raspbian', 'Debian', 'Ubuntu', 'FreeBSD'] as const;

/**
 * Reads `SSH-2.0-OpenSSH_8.4p1 Raspbian-5+deb11u3` (RFC 4253, section 4.2: version, software, then comments). 32-bit
 * Raspberry Pi OS says Raspbian; the 64-bit one says Debian, as every Debian does.
 */
export function readBanner(banner: string): BannerReading {
  const match = /^SSH-[\d.]+-(\S+)(?: (.*))?$/.exec(banner);
  if (!match) return { system: null, server: null };
  const comment = match[2] ?? '';
  const system = SYSTEMS.find((name) => comment.includes(name)) ?? null;
  const [name = '', version] = (match[1] ?? '').split('_', 2);
  const known = /^(OpenSSH|dropbear)$/i.test(name);
  const server = known && version ? `${name === 'dropbear' ? 'Dropbear' : name} ${version}` : null;
  return { system, server };
}

/** The longest line RFC 4253 allows before and as the identification string, in bytes. */
export const LONGEST_BANNER_LINE = 255;
const MOST_LINES_BEFORE = 50;

/**
 * The identification string in what a server has sent so far: null while it may still come, `''` once what came cannot
 * be SSH. A server may send other lines first (RFC 4253, section 4.2). Only printable characters are kept.
 */
export function bannerIn(received: string): string | null {
  const lines = received.split('\n');
  const last = lines.pop() ?? '';
  const found = lines.find((line) => line.startsWith('SSH-'));
  if (found !== undefined)
    return found
      .replace(/\r$/, '')
      .replace(/[^\x20-\x7e]/g, '?')
      .slice(0, LONGEST_BANNER_LINE);
  if (lines.length > MOST_LINES_BEFORE || lines.some((line) => line.length > LONGEST_BANNER_LINE)) return '';
  return last.length > LONGEST_BANNER_LINE ? '' : null;
}
