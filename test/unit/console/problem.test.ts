import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../../src-main/errors/index.ts';
import {
  describeProblem,
  hostAndPort,
  KNOWN_SYSTEM_ERRORS,
  systemErrorMeaning,
} from '../../../src-main/console/problem/index.ts';

const failure = (code: string, message = code): Error => Object.assign(new Error(message), { code });

describe('system errors as Python raises them', () => {
  it('names the class and prints the text that Python itself has for each errno', () => {
    const codes = KNOWN_SYSTEM_ERRORS.filter((code) => !['ENOTFOUND', 'EAI_AGAIN'].includes(code));
    const script = `
import errno, json, os, sys
made = [OSError(getattr(errno, code), os.strerror(getattr(errno, code))) for code in json.load(sys.stdin)]
json.dump([[type(e).__name__, str(e)] for e in made], sys.stdout)`;
    const output = execFileSync('python3', ['-c', script], { input: JSON.stringify(codes) });
    const expected = JSON.parse(output.toString()) as [string, string][];
    const ours = codes.map((code) => [systemErrorMeaning(code)?.python, systemErrorMeaning(code)?.pythonText]);
    expect(ours).toEqual(expected);
  });

  it('knows what Python says of a name that does not exist', () => {
    const script = `
import socket
try: socket.getaddrinfo('no-such-host.invalid', 80)
except OSError as e: print('socket.' + type(e).__name__, e, sep='|')`;
    const [python, text] = execFileSync('python3', ['-c', script]).toString().trim().split('|');
    // Without any name server the look-up fails for now (-3) and not for good (-2).
    const ours = ['ENOTFOUND', 'EAI_AGAIN'].map((code) => systemErrorMeaning(code));
    expect(ours.map((one) => `${one?.python}|${one?.pythonText}`)).toContain(`${python}|${text}`);
  });
});

describe('problems in words', () => {
  it.each([
    ['ECONNREFUSED', 'connect', 'Nothing listens at pi:1234', 'ConnectionRefusedError'],
    ['ETIMEDOUT', 'connect', 'No answer came from pi:1234', 'TimeoutError'],
    ['ETIMEDOUT', 'receive', 'stopped answering', 'TimeoutError'],
    ['ECONNRESET', 'receive', 'broke the connection off', 'ConnectionResetError'],
    ['EPIPE', 'send', 'no longer reads', 'BrokenPipeError'],
    ['EHOSTUNREACH', 'connect', 'No machine answers at pi:1234', 'OSError'],
    ['ENETUNREACH', 'connect', 'no way to the network of pi:1234', 'OSError'],
    ['ENOTFOUND', 'look-up', 'is not known', 'socket.gaierror'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'connect', 'signed by itself', 'ssl.SSLCertVerificationError'],
    ['CERT_HAS_EXPIRED', 'connect', 'has expired', 'ssl.SSLCertVerificationError'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'connect', 'TLS handshake', 'ssl.SSLError'],
    ['EWHATEVER', 'receive', 'The system reported: EWHATEVER.', 'OSError'],
  ] as const)('%s during %s', (code, during, words, python) => {
    const problem = describeProblem(failure(code), { during, where: 'pi:1234' });
    expect(problem.meaning).toContain(words);
    expect(problem).toMatchObject({ code, during, python });
  });

  it.each([
    ['EADDRINUSE', 8080, 'linux', 'Port 8080 is already in use', 'Port 8081 is free.'],
    ['EACCES', 80, 'linux', 'Port 80 may only be used by the administrator', 'such as 8081'],
    ['EACCES', 8080, 'win32', 'Windows has reserved port 8080', 'such as 8081'],
    ['EADDRNOTAVAIL', 8080, 'linux', 'does not belong to this computer', '127.0.0.1'],
  ] as const)('%s on port %i of %s says the port and a way out', (code, port, platform, meaning, hint) => {
    const where = `127.0.0.1:${port}`;
    const problem = describeProblem(failure(code), { during: 'listen', where, port, platform, freePort: 8081 });
    expect(problem.meaning).toContain(meaning);
    expect(problem.hint).toContain(hint);
  });

  it.each([
    ['EADDRINUSE', 4000, 'Port 4000 on this side is already in use'],
    ['EADDRNOTAVAIL', 4000, 'had this very connection a moment ago'],
    ['EACCES', 80, 'Port 80 on this side may only be used by the administrator'],
    ['ECONNREFUSED', 4000, 'Nothing listens at pi:1234'],
  ] as const)('%s of a client that asked for port %i tells the sides apart', (code, localPort, meaning) => {
    const problem = describeProblem(failure(code), { during: 'connect', where: 'pi:1234', localPort });
    expect(problem.meaning).toContain(meaning);
    expect(problem.hint).not.toBe('');
  });

  it('keeps the words of an error that already has them', () => {
    const error = new AppError('NOT_SIGNED_IN', 'Nobody is signed in.', { hint: 'Sign in.' });
    expect(describeProblem(error, { during: 'tunnel', where: 'pi:1' })).toMatchObject({
      code: 'NOT_SIGNED_IN',
      meaning: 'Nobody is signed in.',
      hint: 'Sign in.',
    });
  });

  it('puts IPv6 addresses in brackets', () => {
    expect([hostAndPort('::1', 80), hostAndPort('10.0.0.1', 80)]).toEqual(['[::1]:80', '10.0.0.1:80']);
  });
});
