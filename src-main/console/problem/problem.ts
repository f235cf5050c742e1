import { AppError, systemCode } from '../../errors/index.ts';
import { systemErrorMeaning } from './system-errors.ts';
import { tlsErrorMeaning } from './tls-errors.ts';

/** What was being done when it went wrong. */
export type Activity = 'look-up' | 'connect' | 'listen' | 'accept' | 'send' | 'receive' | 'record' | 'tunnel';

/** One failed address of several that were tried. */
export interface FailedAttempt {
  readonly address: string;
  readonly code: string;
  readonly meaning: string;
}

/** An error as an entry of the transcript: the system's code, its plain meaning, and what Python would raise. */
export interface Problem {
  readonly code: string;
  readonly during: Activity;
  readonly meaning: string;
  readonly hint: string;
  readonly python: string;
  readonly pythonText: string;
  /** The technical text, for "copy details". */
  readonly cause: string;
  /** Each address and its own reason, when several were tried. */
  readonly attempts: readonly FailedAttempt[];
  /** A port that was free when this one was not. */
  readonly freePort: number | null;
  /** The certificates of a server that was not trusted, its own first. */
  readonly certificates?: readonly CertificateSummary[];
}

/** A certificate as a person checks it. */
export interface CertificateSummary {
  readonly subject: string;
  readonly issuer: string;
  /** Names and addresses it is made for. */
  readonly names: readonly string[];
  readonly validFrom: string;
  readonly validTo: string;
  /** SHA-256 of the certificate, upper case with colons. */
  readonly fingerprint: string;
}

export interface ProblemContext {
  readonly during: Activity;
  /** Host and port as shown: `raspberrypi.local:1234`, `[::1]:80`. */
  readonly where: string;
  readonly port?: number;
  /** The port on this side that a client asked for, or null. */
  readonly localPort?: number | null;
  readonly attempts?: readonly FailedAttempt[];
  readonly freePort?: number | null;
  readonly platform?: NodeJS.Platform;
}

/** Any error of a socket as a problem in words. An unknown code keeps the system's own text. */
export function describeProblem(thrown: unknown, context: ProblemContext): Problem {
  const cause = thrown instanceof Error ? thrown.message : String(thrown);
  const code = systemCode(thrown) ?? 'UNKNOWN';
  const known = systemErrorMeaning(code) ?? tlsErrorMeaning(code, cause);
  const words = wording(thrown, code, context, known ?? unknownError(thrown, cause));
  return {
    code,
    during: context.during,
    meaning: words.meaning.replaceAll('{where}', context.where),
    hint: words.hint,
    python: known?.python ?? 'OSError',
    pythonText: known?.pythonText ?? cause,
    cause,
    attempts: context.attempts ?? [],
    freePort: context.freePort ?? null,
  };
}

interface Words {
  readonly meaning: string;
  readonly hint: string;
}

/** Sharpens the table's words by what was being done. */
function wording(thrown: unknown, code: string, context: ProblemContext, words: Words): Words {
  if (context.during === 'listen' && context.port !== undefined) return listenWording(code, context, words);
  if (context.during === 'connect' && context.localPort) return localPortWording(code, context.localPort, words);
  if (context.during === 'tunnel' && thrown instanceof AppError) return { meaning: thrown.message, hint: thrown.hint };
  if (code === 'ETIMEDOUT' && context.during !== 'connect') {
    return {
      meaning: 'The other side stopped answering: the system gave the connection up.',
      hint: 'It lost power, was unplugged, or the network between is down.',
    };
  }
  // Only a datagram is refused so late: the other machine sent "port unreachable" (RFC 1122, section 4.1.3.3).
  if (code === 'ECONNREFUSED' && (context.during === 'send' || context.during === 'receive')) {
    return { ...words, meaning: 'Nothing listens at {where}: the other machine said that the port is unreachable.' };
  }
  return words;
}

/** A client with a port of its own can fail on this side, before the other one is asked. */
function localPortWording(code: string, localPort: number, words: Words): Words {
  const hint = 'Choose another port on this side, or leave it empty: the system then takes a free one.';
  if (code === 'EADDRINUSE') {
    return { meaning: `Port ${localPort} on this side is already in use by another program or tab.`, hint };
  }
  // Both ports and addresses as before: the pair stays in TIME-WAIT (RFC 9293, section 3.6.1).
  if (code === 'EADDRNOTAVAIL') {
    const meaning = `Port ${localPort} on this side had this very connection a moment ago. The system keeps it for a minute.`;
    return { meaning, hint };
  }
  if ((code === 'EACCES' || code === 'EPERM') && localPort < 1024) {
    const meaning = `Port ${localPort} on this side may only be used by the administrator, as every port below 1024.`;
    return { meaning, hint };
  }
  return words;
}

function listenWording(code: string, context: ProblemContext, words: Words): Words {
  const { port, where, freePort } = context;
  if (code === 'EADDRINUSE') {
    const suggestion = freePort ? ` Port ${freePort} is free.` : '';
    return {
      meaning: `Port ${port} is already in use at ${where}: another program or tab listens there.`,
      hint: `Stop the other one, or choose another port.${suggestion}`,
    };
  }
  if (code !== 'EACCES' && code !== 'EPERM') return words;
  const suggestion = freePort ? `, such as ${freePort}` : '';
  if ((context.platform ?? process.platform) === 'win32') {
    return {
      meaning: `Windows has reserved port ${port} for something else.`,
      hint: `Choose another port${suggestion}. “netsh int ipv4 show excludedportrange tcp” lists the reserved ones.`,
    };
  }
  if (port !== undefined && port < 1024) {
    return {
      meaning: `Port ${port} may only be used by the administrator, as every port below 1024.`,
      hint: `Choose a port from 1024 up${suggestion}.`,
    };
  }
  return words;
}

function unknownError(thrown: unknown, cause: string): Words {
  if (thrown instanceof AppError) return { meaning: thrown.message, hint: thrown.hint };
  return { meaning: `The system reported: ${cause}.`, hint: '' };
}

/** `127.0.0.1:80`, `[fe80::1%eth0]:80`, `raspberrypi.local:80`. */
export function hostAndPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
