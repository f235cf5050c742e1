import { AppError } from '../errors/index.ts';

const SENTENCES: Readonly<Record<string, readonly [message: string, hint: string]>> = {
  ECONNREFUSED: ['Nothing listens on {place}.', 'Check that the program is running and the port is right.'],
  ETIMEDOUT: ['{place} did not answer in time.', 'Check that it is switched on and that no firewall is in between.'],
  EHOSTUNREACH: ['There is no way to {place}.', 'Check that both are on the same network.'],
  ENETUNREACH: ['There is no way to the network of {place}.', 'Check the network connection.'],
  ENOTFOUND: ['The name in {place} is not known.', 'Check the spelling, or use the IP address.'],
  ECONNRESET: ['{place} closed the connection at once.', 'The program there may have stopped or refused it.'],
  TUNNEL_FORBIDDEN: [
    'The SSH server does not allow tunnels to {place}.',
    'Set "AllowTcpForwarding yes" in its sshd_config.',
  ],
  TUNNEL_FAILED: ['The device could not connect to {place}.', 'Look at the device with the doctor.'],
};

/** The error of a TCP connection to `host`:`port`, in words; `code` stays as the system names it. */
export function connectError(code: string, host: string, port: number, cause?: unknown): AppError {
  const place = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const [message, hint] = SENTENCES[code] ?? [`The connection to {place} failed.`, 'Copy the details to see why.'];
  return new AppError(code, message.replace('{place}', place), { hint, cause, details: { host, port } });
}

/** The system's code for what an SSH server says when it cannot make a connection (RFC 4254, 5.1). */
export function codeOfTunnelFailure(reason: number | string | undefined, description: string): string {
  if (reason === 1 || /prohibited/i.test(description)) return 'TUNNEL_FORBIDDEN';
  if (/refused/i.test(description)) return 'ECONNREFUSED';
  if (/timed out/i.test(description)) return 'ETIMEDOUT';
  if (/network is unreachable/i.test(description)) return 'ENETUNREACH';
  if (/no route|unreachable/i.test(description)) return 'EHOSTUNREACH';
  if (/name|unknown host|resol|address family/i.test(description)) return 'ENOTFOUND';
  // Dropbear gives no reason text at all; a refusal is by far the most common one.
  return description.trim() === '' ? 'ECONNREFUSED' : 'TUNNEL_FAILED';
}
