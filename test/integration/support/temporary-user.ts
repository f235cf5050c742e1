import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, readFile, readdir, readlink, rm } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

const COMMENT = 'pi-workbench test of process';

/** Someone to sign in as: made for one test and taken away after it. */
export interface TemporaryUser {
  readonly name: string;
  readonly password: string;
  readonly uid: number;
  readonly gid: number;
  remove(): Promise<void>;
}

/** True where accounts can be made: as root, with useradd at hand. */
export function canMakeUsers(): boolean {
  return process.platform === 'linux' && process.getuid?.() === 0;
}

/**
 * Makes a real account with a random name and password. Its home is a folder of the test, so nothing of this machine
 * is touched but the lines in passwd, shadow and group, which `remove` takes out again.
 */
export async function makeTemporaryUser(home: string, shell: string): Promise<TemporaryUser> {
  await removeStaleUsers();
  const name = `pw${process.pid.toString(36)}${randomBytes(4).toString('hex')}`;
  const password = `${randomBytes(9).toString('base64url')} 'x"$y`;
  await retryLocked('useradd', ['-M', '-d', home, '-s', shell, '-c', `${COMMENT} ${process.pid}`, '-U', name]);
  const user = await idOf(name);
  await retryLocked('chpasswd', [], `${name}:${password}\n`);
  await chown(home, user.uid, user.gid);
  return { name, password, ...user, remove: () => removeUser(name, user.uid) };
}

async function idOf(name: string): Promise<{ uid: number; gid: number }> {
  const line = await passwdLine((fields) => fields[0] === name);
  return { uid: Number(line?.[2]), gid: Number(line?.[3]) };
}

async function passwdLine(matches: (fields: string[]) => boolean): Promise<string[] | undefined> {
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  return lines.find(matches);
}

/** Several test runs may change the accounts at once; the tools then refuse with "cannot lock". */
async function retryLocked(program: string, args: readonly string[], input?: string): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      const child = run(program, args);
      // A tool that finds the accounts locked ends without reading its input.
      child.child.stdin?.on('error', () => undefined);
      child.child.stdin?.end(input ?? '');
      await child;
      return;
    } catch (thrown) {
      if (attempt === 40 || !/lock/.test(String(thrown))) throw thrown;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

async function removeUser(name: string, uid: number): Promise<void> {
  await killProcessesOf(name, uid);
  await retryLocked('userdel', ['-f', name]);
  await rm(`/var/mail/${name}`, { force: true });
}

/**
 * Ends whatever the account left running. Its uid is nobody else's while the account is there; once another run has taken
 * out a stale one, the next account gets the same.
 */
async function killProcessesOf(name: string, uid: number): Promise<void> {
  for (const pid of (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry))) {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    if (!new RegExp(`^Uid:\\t${uid}\\t`, 'm').test(status)) continue;
    if ((await idOf(name)).uid !== uid) return;
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch (thrown) {
      if (!String(thrown).includes('ESRCH')) throw thrown;
    }
  }
}

/** Takes out accounts whose test run is over: it was killed before it could clean up. */
async function removeStaleUsers(): Promise<void> {
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  for (const [name = '', , uid = '', , comment = ''] of lines) {
    if (!comment.startsWith(COMMENT)) continue;
    const owner = comment.slice(COMMENT.length + 1);
    const alive = await readlink(`/proc/${owner}/exe`).then(
      () => true,
      () => false,
    );
    if (!alive) await removeUser(name, Number(uid)).catch(ignoreRaceWithOthers);
  }
}

/** Another run may take the same stale account out at the same time. */
function ignoreRaceWithOthers(thrown: unknown): void {
  if (!/does not exist/.test(String(thrown))) throw thrown;
}
