import type { AppErrorData } from '../../errors/index.ts';
import type { Verdict as KeyVerdict } from '../../ssh/index.ts';
import { bad, good, SIGN_IN, unknown, warning, type Finding } from '../finding.ts';

/** What came from a port that accepted the connection. */
export interface BannerFacts {
  readonly port: number;
  /** `identified`: a line of an SSH server came. `other`: something else came. */
  readonly kind: 'identified' | 'other' | 'silent' | 'closed';
  /** The first line, printable characters only. */
  readonly line: string;
  readonly waitedMs: number;
}

export function judgeBanner({ port, kind, line, waitedMs }: BannerFacts): Finding {
  const more = { evidence: line === '' ? [] : [line] };
  switch (kind) {
    case 'identified': {
      const software = /^SSH-[\d.]+-(\S+)/.exec(line)?.[1]?.replace('_', ' ') ?? 'an SSH server';
      const system = /Raspbian|Debian|Ubuntu/.exec(line)?.[0];
      if (/^SSH-1\.(?!99)/.test(line)) {
        return bad(`An SSH server answers, but it speaks only the old version 1: ${software}.`, 'Update the Pi.', more);
      }
      return good(`An SSH server answers: ${software}${system ? ` on ${system}` : ''}.`, more);
    }
    case 'other':
      return bad(
        `Something answers on port ${port}, but it is no SSH server.`,
        'Check the port of this device: SSH is usually 22.',
        more,
      );
    case 'closed':
      return bad(
        `The connection to port ${port} opens and is closed at once, before a word was said.`,
        'The SSH server turns this computer away: too many connections, fail2ban, or host keys that are missing. On the Pi: sudo journalctl -u ssh -n 20',
        { ...more, action: { kind: 'command', command: 'sudo journalctl -u ssh -n 20', label: 'Copy the command' } },
      );
    case 'silent':
      return bad(
        `Port ${port} accepts the connection, but says nothing for ${Math.round(waitedMs / 1000)} s.`,
        'The Pi hangs or is overloaded (a failing SD card does that), or a firewall keeps the answer back. Wait a minute; then switch it off and on.',
        more,
      );
  }
}

export interface HostKeyFacts {
  /** `SHA256:...`; null when the key exchange failed before. */
  readonly fingerprint: string | null;
  readonly type: string;
  readonly verdict: KeyVerdict | null;
  /** Why no key was shown, when none was. */
  readonly error: AppErrorData | null;
}

export function judgeHostKey({ fingerprint, type, verdict, error }: HostKeyFacts): Finding {
  if (verdict === null || fingerprint === null) {
    const evidence = error?.cause ? [`${error.code}: ${error.cause}`] : error ? [error.code] : [];
    return bad(error?.message ?? 'The server showed no key.', error?.hint ?? 'Try again.', { evidence });
  }
  const evidence = [`${type} ${fingerprint}`];
  switch (verdict.kind) {
    case 'trusted':
      return good(`It shows the ${type} key that was noted for it.`, { evidence });
    case 'new':
      return good(
        verdict.others.length > 0
          ? `It shows a ${type} key; so far only keys of other types are noted. That is no change.`
          : `It shows a ${type} key not seen before, as at every first contact. You are asked at the sign-in.`,
        { evidence },
      );
    case 'changed':
      return bad(
        `It shows another ${type} key than the one noted for it.`,
        'Was its SD card written anew? Then sign in and accept the new key. If not, another machine may have taken its address: do not sign in.',
        {
          action: SIGN_IN,
          evidence: [
            ...evidence,
            ...verdict.noted.map((one) => `noted in line ${one.line}: ${one.type} ${one.fingerprint}`),
          ],
        },
      );
    case 'revoked':
      return bad(
        'It shows a key that is marked as revoked.',
        `Do not sign in; ask who marked it (line ${verdict.line} of ${verdict.file}).`,
        { evidence },
      );
  }
}

export interface SignInFacts {
  readonly kind: 'signed-in' | 'signing-in' | 'signed-out' | 'disconnected' | 'local';
  /** `pi@raspberrypi.local`. */
  readonly name: string;
  /** Why the connection ended, or why the last try to sign in was refused. */
  readonly error: Pick<AppErrorData, 'code' | 'message' | 'hint'> | null;
}

export function judgeSignIn({ kind, name, error }: SignInFacts): Finding {
  switch (kind) {
    case 'local':
      return good('This computer is its own device: no sign-in is needed.');
    case 'signed-in':
      return good(`Signed in as ${name}, and the connection is up.`);
    case 'signing-in':
      return warning('A sign-in is under way.', 'Finish it, then run the doctor again.', { action: SIGN_IN });
    case 'disconnected':
      return bad(error?.message ?? 'The connection broke.', error?.hint || 'Sign in again.', {
        action: SIGN_IN,
        evidence: error ? [error.code] : [],
      });
    case 'signed-out':
      if (error) return bad(error.message, error.hint || 'Sign in again.', { action: SIGN_IN, evidence: [error.code] });
      return unknown(
        'You are not signed in, so the device itself was not looked at.',
        'Sign in and run the doctor again: it then also checks the Pi and its agent.',
        { action: SIGN_IN },
      );
  }
}
