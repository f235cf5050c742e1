import { describe, expect, it } from 'vitest';
import * as v from 'valibot';
import { consoleCalls } from '../../../src-main/api/contract/console.ts';
import {
  aimAt,
  checkForm,
  emptyForm,
  optionsOf,
  type SessionForm,
} from '../../../src-renderer/views/console/form/session-form.ts';
import { terminalLines } from '../../../src-renderer/views/console/form/terminal-lines.ts';

const form = (part: Partial<SessionForm>): SessionForm => ({ ...emptyForm(), host: 'pi.local', ...part });

describe('the form for a session', () => {
  it.each(['tcp-client', 'tcp-listener', 'udp-client', 'udp-listener'] as const)(
    'makes a %s that the contract takes',
    (kind) => {
      const options = optionsOf(form({ kind, tls: true, heartbeat: true, responder: 'echo' }));
      expect(v.parse(consoleCalls['console.open'].args, { options })).toEqual({ options });
    },
  );

  it.each([
    [{ host: '' }, 'host'],
    [{ host: '192.168.1' }, 'host'],
    [{ host: 'two words' }, 'host'],
    [{ kind: 'tcp-listener', bindHost: 'my-pi' }, 'bindHost'],
    [{ kind: 'udp-listener', bindHost: '' }, 'bindHost'],
    [{ tls: true, tlsName: 'two words' }, 'tlsName'],
    [{ tls: true, tlsName: 'https://pi.local' }, 'tlsName'],
    [{ heartbeat: true, heartbeatPayload: { ...emptyForm().heartbeatPayload, text: '\\x4' } }, 'heartbeat'],
  ] as const)('with %j opens nothing and says why beside the field', (part, field) => {
    const filled = form(part as Partial<SessionForm>);
    expect(optionsOf(filled)).toBeNull();
    expect(checkForm(filled)[field]).toMatch(/\w.*\.$/);
  });

  it('is aimed at another place by a link, without the TLS, family and own port of the place before', () => {
    const filled = form({ kind: 'udp-listener', tls: true, family: 'ipv6', localPort: 4000, noDelay: false });
    aimAt(filled, { host: '127.0.0.1', port: 1234, through: 'pi' });
    expect(optionsOf(filled)).toMatchObject({
      kind: 'tcp-client',
      host: '127.0.0.1',
      port: 1234,
      through: 'pi',
      tls: null,
      family: 'any',
      localPort: null,
      noDelay: false,
    });
  });

  it('names the rule and the part of it that cannot be used', () => {
    const rule = { match: 'contains', pattern: 'a', ignoreCase: false, reply: '', delayMs: 0, times: null } as const;
    const filled = form({
      kind: 'tcp-listener',
      responder: 'rules',
      rules: [
        { ...rule },
        { ...rule, match: 'regex', pattern: '(' },
        { ...rule, match: 'hex-mask', pattern: '4f ?' },
        { ...rule, reply: '\\q' },
      ],
    });
    expect(optionsOf(filled)).toBeNull();
    expect(checkForm(filled).rules.map(({ pattern, reply }) => [pattern !== '', reply !== ''])).toEqual([
      [false, false],
      [true, false],
      [true, false],
      [false, true],
    ]);
  });
});

describe('the same session without the app', () => {
  const shell = (part: Partial<SessionForm>): string | undefined => terminalLines(form(part), null)?.shell;

  it.each<[Partial<SessionForm>, string | undefined]>([
    [{}, 'nc pi.local 1234'],
    [{ family: 'ipv6', localPort: 4000 }, 'nc -6 -p 4000 pi.local 1234'],
    [{ tls: true, port: 443 }, 'openssl s_client -quiet -connect pi.local:443 -servername pi.local'],
    [{ kind: 'tcp-listener' }, 'nc -l 127.0.0.1 1234'],
    [{ kind: 'tcp-listener', responder: 'echo' }, 'socat TCP4-LISTEN:1234,bind=127.0.0.1,reuseaddr,fork PIPE'],
    [{ kind: 'udp-client', port: 53 }, 'nc -u pi.local 53'],
    [{ kind: 'udp-listener', bindHost: '::1' }, 'nc -u -l ::1 1234'],
    [{ host: "a'; rm -rf /" }, "nc 'a'\\''; rm -rf /' 1234"],
    [{ host: '' }, undefined],
    [{ port: null }, undefined],
  ])('of %j is %s', (part, line) => {
    expect(shell(part)).toBe(line);
  });

  it('goes through the SSH connection of a device', () => {
    const jump = { user: 'pi', host: 'raspberrypi.local', port: 2222 };
    expect(terminalLines(form({ host: '127.0.0.1' }), jump)?.shell).toBe(
      'ssh -p 2222 -W 127.0.0.1:1234 pi@raspberrypi.local',
    );
  });

  it.each<[SessionForm['kind'], string]>([
    ['tcp-client', "s = socket.create_connection(('fe80::1%eth0', 1234), timeout=10)"],
    ['udp-client', "s.connect(socket.getaddrinfo('fe80::1%eth0', 1234)[0][4])"],
    ['tcp-listener', "socket.create_server(socket.getaddrinfo('fe80::1%eth0', 1234)[0][4], family=socket.AF_INET6)"],
    ['udp-listener', "s.bind(socket.getaddrinfo('fe80::1%eth0', 1234)[0][4])"],
  ])('keep the zone of a link-local address in Python: %s', (kind, line) => {
    const host = 'fe80::1%eth0';
    expect(terminalLines(form({ kind, host, bindHost: host }), null)?.python).toContain(line);
  });

  it('sign in by a link-local address as ssh writes it', () => {
    const jump = { user: 'pi', host: 'fe80::1%eth0', port: 2222 };
    expect(terminalLines(form({ host: '127.0.0.1' }), jump)?.shell).toBe(
      'ssh -p 2222 -W 127.0.0.1:1234 pi@fe80::1%eth0',
    );
  });
});
