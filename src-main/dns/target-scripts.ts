/**
 * What runs on the device. Each program prints JSON after a marker of its own, so that a chatty profile does no harm,
 * and measures time on the device itself: the SSH connection is not part of it.
 */

/** Tools and name servers of the device, as `KEY value` lines between markers. */
export function surveyScript(marker: string): string {
  return [
    `echo '${marker} begin'`,
    'for tool in python3 getent avahi-resolve; do command -v "$tool" >/dev/null 2>&1 && echo "tool $tool"; done',
    `echo '${marker} main'`,
    'cat /etc/resolv.conf 2>/dev/null',
    `echo; echo '${marker} uplinks'`,
    'cat /run/systemd/resolve/resolv.conf 2>/dev/null',
    `echo; echo '${marker} end'`,
  ].join('\n');
}

export interface Survey {
  readonly tools: readonly string[];
  readonly resolvConf: string;
  readonly uplinks: string;
}

/** Reads what `surveyScript` printed; what is missing is empty. */
export function parseSurvey(stdout: string, marker: string): Survey {
  const section = (from: string, to: string): string => {
    const start = stdout.indexOf(`${marker} ${from}`);
    const end = stdout.indexOf(`${marker} ${to}`, start);
    return start < 0 || end < 0 ? '' : stdout.slice(start + marker.length + from.length + 1, end);
  };
  return {
    tools: [...section('begin', 'main').matchAll(/^tool (\S+)$/gm)].map((match) => match[1] ?? ''),
    resolvConf: section('main', 'uplinks'),
    uplinks: section('uplinks', 'end'),
  };
}

/** `python3 -c SYSTEM_PROGRAM name family` -> one JSON line; family is 0, 4 or 6, or `reverse` for an address. */
export const SYSTEM_PROGRAM = `
import json, socket, sys, time
name, family = sys.argv[1], sys.argv[2]
families = {'0': socket.AF_UNSPEC, '4': socket.AF_INET, '6': socket.AF_INET6}
started = time.monotonic()
result = {'found': []}
try:
    if family == 'reverse':
        result['found'].append(socket.gethostbyaddr(name)[0])
    else:
        for info in socket.getaddrinfo(name, None, families[family], socket.SOCK_STREAM):
            if info[4][0] not in result['found']:
                result['found'].append(info[4][0])
except OSError as error:
    result['error'] = {'kind': type(error).__name__, 'number': error.errno, 'text': str(error)}
except UnicodeError as error:
    result['error'] = {'kind': type(error).__name__, 'number': None, 'text': str(error)}
result['ms'] = (time.monotonic() - started) * 1000
print(json.dumps(result))
`.trim();

/**
 * Reads a JSON list of `{query, server, port, tcp, timeout}` from stdin, carries each query to its server at the same
 * time, and prints the replies in the same order. Only a packet with the query's id counts as its reply.
 */
export const RELAY_PROGRAM = `
import errno, json, socket, struct, sys, threading, time
def read_exactly(conn, count):
    data = b''
    while len(data) < count:
        part = conn.recv(count - len(data))
        if not part:
            raise ConnectionResetError(errno.ECONNRESET, 'closed')
        data += part
    return data
def datagram(conn, query, until, result):
    wait = 1.0
    while True:
        conn.send(query)
        result['attempts'] += 1
        resend = time.monotonic() + wait
        wait *= 2
        while True:
            left = min(resend, until) - time.monotonic()
            if left <= 0:
                break
            conn.settimeout(left)
            try:
                reply = conn.recv(65535)
            except socket.timeout:
                break
            if reply[:2] == query[:2]:
                return reply
            result['ignored'] += 1
        if time.monotonic() >= until:
            raise socket.timeout()
def carry(task, result):
    query = bytes.fromhex(task['query'])
    started = time.monotonic()
    until = started + task['timeout']
    try:
        kind = socket.SOCK_STREAM if task['tcp'] else socket.SOCK_DGRAM
        family, _, _, _, address = socket.getaddrinfo(task['server'], task['port'], 0, kind)[0]
        with socket.socket(family, kind) as conn:
            conn.settimeout(task['timeout'])
            conn.connect(address)
            if task['tcp']:
                conn.sendall(struct.pack('>H', len(query)) + query)
                result['attempts'] += 1
                reply = read_exactly(conn, struct.unpack('>H', read_exactly(conn, 2))[0])
            else:
                reply = datagram(conn, query, until, result)
        result['reply'] = reply.hex()
    except socket.timeout:
        result['code'] = 'ETIMEDOUT'
    except OSError as error:
        result['code'] = errno.errorcode.get(error.errno, 'UNEXPECTED')
    result['ms'] = (time.monotonic() - started) * 1000
tasks = json.load(sys.stdin)
results = [{'attempts': 0, 'ignored': 0} for _ in tasks]
threads = [threading.Thread(target=carry, args=pair) for pair in zip(tasks, results)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(json.dumps(results))
`.trim();
