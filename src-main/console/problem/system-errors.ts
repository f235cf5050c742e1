/** One system error as a learner meets it: in words, and as Python on the Pi reports it. */
export interface SystemErrorMeaning {
  readonly code: string;
  /** Plain meaning, one sentence; `{where}` stands for host and port. */
  readonly meaning: string;
  /** What to do next. */
  readonly hint: string;
  /** The Python class that is raised. */
  readonly python: string;
  /** What Python prints after the class name; Linux numbers, as on the Pi. */
  readonly pythonText: string;
}

type Row = readonly [code: string, python: string, pythonText: string, meaning: string, hint: string];

/** errno values of Linux (`asm-generic/errno.h`); the classes follow PEP 3151. */
const ROWS: readonly Row[] = [
  [
    'ECONNREFUSED',
    'ConnectionRefusedError',
    '[Errno 111] Connection refused',
    'Nothing listens at {where}: the other machine refused the connection.',
    'Start the program there first, and check the port number.',
  ],
  [
    'ETIMEDOUT',
    'TimeoutError',
    '[Errno 110] Connection timed out',
    'No answer came from {where} in time.',
    'Check the address, that the machine is on, and that no firewall drops the packets.',
  ],
  [
    'ECONNRESET',
    'ConnectionResetError',
    '[Errno 104] Connection reset by peer',
    'The other side broke the connection off without closing it.',
    'Its program ended or closed with bytes still unread. Look at its log.',
  ],
  [
    'ECONNABORTED',
    'ConnectionAbortedError',
    '[Errno 103] Software caused connection abort',
    'This computer broke the connection off.',
    'A change of network or a firewall can cause this. Connect again.',
  ],
  [
    'EPIPE',
    'BrokenPipeError',
    '[Errno 32] Broken pipe',
    'The other side no longer reads: what was sent last did not arrive.',
    'Connect again before sending.',
  ],
  [
    'EHOSTUNREACH',
    'OSError',
    '[Errno 113] No route to host',
    'No machine answers at {where} on this network.',
    'Check the address, and that the machine is on and in the same network.',
  ],
  [
    'ENETUNREACH',
    'OSError',
    '[Errno 101] Network is unreachable',
    'This computer has no way to the network of {where}.',
    'Check that this computer is connected, and its gateway. An IPv6 address needs IPv6 here too.',
  ],
  [
    'EHOSTDOWN',
    'OSError',
    '[Errno 112] Host is down',
    'The machine at {where} does not answer on this network.',
    'Check that it is on.',
  ],
  [
    'EADDRINUSE',
    'OSError',
    '[Errno 98] Address already in use',
    'The address {where} is already in use by another program or tab.',
    'Stop the other one, or choose another port.',
  ],
  [
    'EADDRNOTAVAIL',
    'OSError',
    '[Errno 99] Cannot assign requested address',
    'The address {where} does not belong to this computer.',
    'Listen on 127.0.0.1 for this computer only, or on 0.0.0.0 for every network.',
  ],
  [
    'EACCES',
    'PermissionError',
    '[Errno 13] Permission denied',
    'This computer does not allow {where}.',
    'A firewall or a security setting forbids it.',
  ],
  [
    'EPERM',
    'PermissionError',
    '[Errno 1] Operation not permitted',
    'This computer does not permit that for {where}.',
    'A firewall or a security setting forbids it.',
  ],
  [
    'EMSGSIZE',
    'OSError',
    '[Errno 90] Message too long',
    'The datagram is longer than the network carries in one piece.',
    'Send at most 65,507 bytes over IPv4, better under 1,400.',
  ],
  [
    'EMFILE',
    'OSError',
    '[Errno 24] Too many open files',
    'This app has too many connections and files open.',
    'Close some tabs.',
  ],
  ['ENOBUFS', 'OSError', '[Errno 105] No buffer space available', 'The system has no room to send more.', 'Send less.'],
  [
    'EINVAL',
    'OSError',
    '[Errno 22] Invalid argument',
    'The system cannot use {where} for this.',
    'Check the address and the port.',
  ],
  [
    'EAFNOSUPPORT',
    'OSError',
    '[Errno 97] Address family not supported by protocol',
    'This computer does not speak the kind of address that {where} is.',
    'Choose IPv4 instead of IPv6, or the other way round.',
  ],
  [
    'ENOTFOUND',
    'socket.gaierror',
    '[Errno -2] Name or service not known',
    'The name in {where} is not known.',
    'Check the spelling. A Pi is often found as raspberrypi.local, or by its address.',
  ],
  [
    'EAI_AGAIN',
    'socket.gaierror',
    '[Errno -3] Temporary failure in name resolution',
    'The name in {where} could not be looked up just now: no name server answered.',
    'Check that this computer is online, or use the address.',
  ],
];

const TABLE: ReadonlyMap<string, SystemErrorMeaning> = new Map(
  ROWS.map(([code, python, pythonText, meaning, hint]) => [code, { code, python, pythonText, meaning, hint }]),
);

/** What a system error code means, or undefined for one that is not in the table. */
export function systemErrorMeaning(code: string): SystemErrorMeaning | undefined {
  return TABLE.get(code);
}

/** Every code of the table. */
export const KNOWN_SYSTEM_ERRORS: readonly string[] = [...TABLE.keys()];
