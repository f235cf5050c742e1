import type { SessionForm } from './session-form.ts';

/** The same session as it is opened without this app: by a program of the terminal, and in Python. */
export interface TerminalLines {
  readonly shell: string;
  readonly python: string;
}

/** A device whose SSH connection is used, as `ssh` names it. */
export interface Jump {
  readonly user: string;
  readonly host: string;
  readonly port: number;
}

/**
 * What one would type instead of filling in the form, with Debian's `nc` (netcat-openbsd), `openssl` and `ssh`. Null while
 * host or port is missing.
 */
export function terminalLines(form: SessionForm, jump: Jump | null): TerminalLines | null {
  const listens = form.kind === 'tcp-listener' || form.kind === 'udp-listener';
  const host = (listens ? form.bindHost : form.host).trim();
  const port = listens ? form.listenPort : form.port;
  if (host === '' || port === null) return null;
  const at: At = { host, port };
  switch (form.kind) {
    case 'tcp-client':
      return { shell: tcpClient(form, at, jump), python: pythonClient(form, at) };
    case 'tcp-listener':
      return { shell: listener(form, at), python: pythonListener(at) };
    case 'udp-client':
      return {
        shell: `nc -u${familyFlag(form)}${localFlag(form)} ${word(host)} ${port}`,
        python: `s = ${pythonSocket(host, 'SOCK_DGRAM')}; s.connect(${pythonAddress(at)})`,
      };
    case 'udp-listener':
      return {
        shell: `nc -u -l ${word(host)} ${port}`,
        python: `s = ${pythonSocket(host, 'SOCK_DGRAM')}; s.bind(${pythonAddress(at)}); s.recvfrom(2048)`,
      };
  }
}

interface At {
  readonly host: string;
  readonly port: number;
}

function tcpClient(form: SessionForm, { host, port }: At, jump: Jump | null): string {
  const place = word(`${host.includes(':') ? `[${host}]` : host}:${port}`);
  if (jump) {
    const other = jump.port === 22 ? '' : ` -p ${jump.port}`;
    return `ssh${other} -W ${place} ${word(`${jump.user}@${jump.host}`)}`;
  }
  if (form.tls) return `openssl s_client -quiet -connect ${place} -servername ${word(form.tlsName.trim() || host)}`;
  return `nc${familyFlag(form)}${localFlag(form)} ${word(host)} ${port}`;
}

function pythonClient(form: SessionForm, { host, port }: At): string {
  const seconds = form.connectTimeoutMs === null ? '' : `, timeout=${form.connectTimeoutMs / 1000}`;
  const plain = `socket.create_connection((${pythonText(host)}, ${port})${seconds})`;
  if (!form.tls) return `s = ${plain}`;
  const name = pythonText(form.tlsName.trim() || host);
  return `s = ssl.create_default_context().wrap_socket(${plain}, server_hostname=${name})`;
}

/** `nc -l` for what a person answers; socat where something answers by itself. */
function listener(form: SessionForm, { host, port }: At): string {
  if (form.responder !== 'echo') return `nc -l ${word(host)} ${port}`;
  const address = host.includes(':') ? `TCP6-LISTEN:${port},bind=[${host}]` : `TCP4-LISTEN:${port},bind=${host}`;
  return `socat ${address},reuseaddr,fork PIPE`;
}

function pythonListener(at: At): string {
  const family = at.host.includes(':') ? ', family=socket.AF_INET6' : '';
  return `s = socket.create_server(${pythonAddress(at)}${family}); c, address = s.accept()`;
}

/** `connect` and `bind` of Python lose the zone of a link-local address (EINVAL), which `getaddrinfo` makes a number of. */
function pythonAddress({ host, port }: At): string {
  const zoned = host.includes('%');
  return zoned ? `socket.getaddrinfo(${pythonText(host)}, ${port})[0][4]` : `(${pythonText(host)}, ${port})`;
}

function pythonSocket(host: string, type: string): string {
  return `socket.socket(socket.${host.includes(':') ? 'AF_INET6' : 'AF_INET'}, socket.${type})`;
}

function familyFlag({ family }: SessionForm): string {
  return family === 'any' ? '' : family === 'ipv4' ? ' -4' : ' -6';
}

function localFlag({ localPort }: SessionForm): string {
  return localPort === null ? '' : ` -p ${localPort}`;
}

/** One word of a POSIX shell. */
function word(text: string): string {
  return /^[\w.:%@-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

function pythonText(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
