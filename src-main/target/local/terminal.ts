import { spawn as spawnChild } from 'node:child_process';
import type { Writable } from 'node:stream';
import { AppError } from '../../errors/index.ts';
import type { Command, ExecResult, ExitStatus, RunningProcess, TerminalOptions, TerminalProcess } from '../target.ts';
import { commandLine } from '../quote.ts';
import { asText, runToEnd } from '../run-to-end.ts';
import { localEnvironment } from './environment.ts';
import { JoinedStreams } from './joined-streams.ts';

type Spawn = (command: Command) => Promise<RunningProcess>;

/**
 * A pseudo-terminal without a native add-on: Python's `pty` module makes it, copies both ways, and takes new sizes as
 * lines `columns rows` on descriptor 3. Its arguments are columns, rows and the program with its own.
 */
const PYTHON_PTY = String.raw`
import fcntl, os, pty, select, signal, struct, sys, termios
columns, rows, argv = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
pid, master = pty.fork()
if pid == 0:
    os.close(3)
    os.environ["TERM"] = "xterm-256color"
    try:
        os.execvp(argv[0], argv)
    except OSError as error:
        os.write(2, ("%s: %s\r\n" % (argv[0], error.strerror)).encode())
        os._exit(127)
def resize(columns, rows):
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
def write(fd, data):
    while data:
        data = data[os.write(fd, data):]
resize(columns, rows)
sources, sizes = [0, 3, master], b""
while master in sources:
    for fd in select.select(sources, [], [])[0]:
        try:
            data = os.read(fd, 65536)
        except OSError:
            data = b""
        if fd == 3:
            sizes += data
            *lines, sizes = sizes.split(b"\n")
            for line in lines:
                resize(*(int(word) for word in line.split()))
        elif fd == 0 and data:
            write(master, data)
        elif fd == master and data:
            write(1, data)
        if not data:
            sources.remove(fd)
            if fd == 0:
                os.kill(pid, signal.SIGHUP)
status = os.waitpid(pid, 0)[1]
sys.exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))
`;

/** Opens a terminal on this computer. Raises `TERMINAL_UNAVAILABLE` where neither Python nor `script` can make one. */
export async function openLocalTerminal(
  options: TerminalOptions,
  home: string,
  spawn: Spawn,
): Promise<TerminalProcess> {
  const argv = options.argv ?? [process.env.SHELL ?? '/bin/sh', '-l'];
  const found = await run(spawn, 'command -v python3 || command -v script || true');
  const program = found.stdout.trim().split('\n')[0] ?? '';
  if (program.endsWith('python3') && (await hasPty(spawn))) return throughPython(program, argv, options, home);
  if (program !== '') return throughScript(argv, options, spawn);
  throw new AppError('TERMINAL_UNAVAILABLE', 'This computer has no program that can open a terminal for the app.', {
    hint: 'Install python3, or the "script" command of util-linux.',
  });
}

/** Apple's `/usr/bin/python3` may be a stand-in that only offers to install Python. */
async function hasPty(spawn: Spawn): Promise<boolean> {
  return (await run(spawn, 'python3 -c "import pty, termios"')).code === 0;
}

async function run(spawn: Spawn, script: string): Promise<ExecResult> {
  return asText(await runToEnd(await spawn({ script }), { timeoutMs: 10_000 }));
}

function throughPython(
  python: string,
  argv: readonly string[],
  { columns, rows }: TerminalOptions,
  home: string,
): TerminalProcess {
  const child = spawnChild(python, ['-c', PYTHON_PTY, String(columns), String(rows), ...argv], {
    cwd: home,
    env: localEnvironment(),
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  });
  const [stdin, stdout, , sizes] = child.stdio;
  const exited = new Promise<ExitStatus>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  // The program may end while a new size is on its way.
  (sizes as Writable).on('error', () => undefined);
  child.stderr?.resume();
  return {
    io: new JoinedStreams(stdout, stdin),
    exited,
    resize: (newColumns, newRows) => {
      (sizes as Writable).write(`${Math.trunc(newColumns)} ${Math.trunc(newRows)}\n`);
    },
    kill: () => {
      stdin.end();
    },
  };
}

/** `script` of util-linux or BSD: the size is set once, as it offers no way to tell it a new one. */
async function throughScript(
  argv: readonly string[],
  { columns, rows }: TerminalOptions,
  spawn: Spawn,
): Promise<TerminalProcess> {
  const inner = `stty cols ${Math.trunc(columns)} rows ${Math.trunc(rows)}; TERM=xterm-256color; export TERM; exec "$@"`;
  const words = ['sh', '-c', inner, 'sh', ...argv];
  const child = await spawn({
    argv: process.platform === 'darwin' ? ['script', '-q', '/dev/null', ...words] : scriptOfUtilLinux(words),
  });
  child.stderr.resume();
  return {
    io: new JoinedStreams(child.stdout, child.stdin),
    exited: child.exited,
    resize: () => undefined,
    kill: () => child.kill('SIGKILL'),
  };
}

function scriptOfUtilLinux(words: readonly string[]): readonly string[] {
  return ['script', '-qefc', commandLine(words), '/dev/null'];
}
