/* eslint-disable @typescript-eslint/no-require-imports -- it runs alone on the device, as it is, on Node 18 and newer */
'use strict';
/*
 * The part of Pi Workbench that works on the device, next to the LED agent. Two programs in one file:
 *   session FOLDER    serves one deployment: reads a JSON command a line, answers with a JSON line. It holds the lock of
 *                     the folder while its input is open; when the connection breaks, it puts back what it had begun.
 *   supervise FOLDER  keeps the agent of its own release running where there is no systemd.
 * Everything is written to its final name only after it is complete and on the disk.
 */
const { spawn } = require('node:child_process');
const { createHash, randomBytes } = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const readline = require('node:readline');

const RESTART_AFTER_MS = 2000;
const STOP_WITHIN_MS = 10_000;
/** So many ends within this time mean that starting again does not help. */
const MAX_STARTS = 5;
const STARTS_WITHIN_MS = 60_000;
/** A wrong command line and an unreadable token do not get better by trying again. */
const HOPELESS_CODES = [2, 5];
const MAX_LOG_BYTES = 1_000_000;
/** As in the units: they keep the agent under 64 MiB. */
const NODE_FLAGS = ['--max-semi-space-size=1', '--max-old-space-size=24', '--v8-pool-size=0'];

const [mode, folder] = process.argv.slice(2);
const at = (...parts) => path.join(folder, ...parts);
const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

// ---------------------------------------------------------------- files

function syncFolder(name) {
  const handle = fs.openSync(name, 'r');
  try {
    fs.fsyncSync(handle);
  } finally {
    fs.closeSync(handle);
  }
}

function writeWhole(name, text, mode) {
  const part = `${name}.${process.pid}.part`;
  const handle = fs.openSync(part, 'w', mode);
  try {
    fs.fchmodSync(handle, mode);
    fs.writeSync(handle, text);
    fs.fsyncSync(handle);
  } finally {
    fs.closeSync(handle);
  }
  fs.renameSync(part, name);
  syncFolder(path.dirname(name));
}

function readJson(name) {
  try {
    return JSON.parse(fs.readFileSync(name, 'utf8'));
  } catch {
    return null;
  }
}

function list(name) {
  try {
    return fs.readdirSync(name).sort();
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw error;
  }
}

function hashOf(name) {
  return createHash('sha256').update(fs.readFileSync(name)).digest('hex');
}

function linkOf(name) {
  try {
    return path.basename(fs.readlinkSync(at(name)));
  } catch {
    return null;
  }
}

/** A symlink that is either the old one or the new one, whenever the power goes. */
function pointTo(name, id) {
  const part = at(`${name}.${process.pid}.part`);
  fs.rmSync(part, { force: true });
  fs.symlinkSync(path.join('releases', id), part);
  fs.renameSync(part, at(name));
}

/** Makes the folder, and notes the topmost one that had to be made, so that a removal leaves none behind. */
function makeFolder() {
  let missing = null;
  for (let one = folder; !fs.existsSync(one); one = path.dirname(one)) missing = one;
  fs.mkdirSync(folder, { recursive: true, mode: 0o755 });
  if (missing !== null) writeWhole(at('made'), `${missing}\n`, 0o644);
}

// ---------------------------------------------------------------- processes

function bootId() {
  try {
    return fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
}

/** Whether a process is there and was started by a command line with this word. */
function isAlive(pid, word) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
  try {
    const state = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    if (/\) Z /.test(state)) return false;
    return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(word);
  } catch {
    return !fs.existsSync('/proc/self');
  }
}

function supervisor() {
  const state = readJson(at('run', 'supervisor.json'));
  if (state === null || (state.boot !== '' && state.boot !== bootId())) return null;
  return isAlive(state.pid, 'led-manager.cjs') ? state : null;
}

function signal(pid, name) {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

async function stopPlain() {
  const running = supervisor();
  if (running === null) return;
  signal(running.pid, 'SIGTERM');
  const deadline = Date.now() + STOP_WITHIN_MS + 5000;
  while (supervisor() !== null) {
    if (Date.now() > deadline) signal(-running.pid, 'SIGKILL');
    await sleep(20);
  }
}

async function startPlain(id) {
  await stopPlain();
  const release = readJson(at('releases', id, 'release.json'));
  if (release === null) throw new Error(`release ${id} is not complete`);
  fs.mkdirSync(at('run'), { recursive: true, mode: 0o755 });
  fs.mkdirSync(at('log'), { recursive: true, mode: 0o755 });
  fs.rmSync(at('run', 'supervisor.json'), { force: true });
  const errors = fs.openSync(at('log', 'manager.log'), 'w', 0o644);
  const child = spawn(release.runtime.node, [at('releases', id, 'led-manager.cjs'), 'supervise', folder], {
    detached: true,
    stdio: ['ignore', errors, errors],
    cwd: '/',
  });
  fs.closeSync(errors);
  const failed = new Promise((_resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the supervisor ended at once with code ${code}`)));
  });
  const appeared = (async () => {
    while (readJson(at('run', 'supervisor.json'))?.pid !== child.pid) await sleep(10);
  })();
  await Promise.race([failed, appeared]);
  child.removeAllListeners('exit');
  child.unref();
  // What happens to it from now on is the health check's business.
  failed.catch(() => undefined);
}

// ---------------------------------------------------------------- session

let owner = null;
/** What runs while a new release is tried: put back when the connection breaks. */
let trial = null;

/** The lock is a folder with its owner inside, put in place by one rename: it is never there without an owner. */
function tryLock(by) {
  const mine = at(`lock.${process.pid}`);
  fs.rmSync(mine, { recursive: true, force: true });
  fs.mkdirSync(mine);
  owner = { pid: process.pid, boot: bootId(), since: Date.now(), by };
  fs.writeFileSync(path.join(mine, 'owner.json'), JSON.stringify(owner));
  try {
    fs.renameSync(mine, at('lock'));
    return null;
  } catch (error) {
    owner = null;
    fs.rmSync(mine, { recursive: true, force: true });
    if (!['EEXIST', 'ENOTEMPTY', 'ENOTDIR', 'EISDIR'].includes(error.code)) throw error;
  }
  const holder = readJson(at('lock', 'owner.json'));
  const alive = holder !== null && holder.boot === bootId() && isAlive(holder.pid, 'led-manager');
  if (!alive) fs.rmSync(at('lock'), { recursive: true, force: true });
  return holder ?? { pid: 0, by: 'an unknown deployment', since: 0 };
}

function unlock() {
  if (owner === null) return;
  if (readJson(at('lock', 'owner.json'))?.pid === process.pid) fs.rmSync(at('lock'), { recursive: true, force: true });
  owner = null;
}

const commands = {
  /** Waits until nobody else deploys here; answers who was waited for. */
  async lock({ by, onWait }) {
    makeFolder();
    let waitedFor = null;
    for (let holder = tryLock(by); holder !== null; holder = tryLock(by)) {
      if (waitedFor === null) onWait({ waiting: holder });
      waitedFor = holder;
      await sleep(100);
    }
    return { waitedFor };
  },

  /** Clears what an interrupted deployment left, makes a place for the new files, and copies those that are here. */
  begin({ id, files }) {
    for (const name of ['incoming', 'releases']) fs.mkdirSync(at(name), { recursive: true, mode: 0o755 });
    for (const name of list(at('incoming'))) fs.rmSync(at('incoming', name), { recursive: true, force: true });
    for (const name of list(at('releases'))) {
      if (!fs.existsSync(at('releases', name, 'release.json'))) {
        fs.rmSync(at('releases', name), { recursive: true, force: true });
      }
    }
    const incoming = at('incoming', `${id}-${randomBytes(4).toString('hex')}`);
    fs.mkdirSync(incoming, { mode: 0o755 });
    const here = [];
    for (const { name, sha256 } of files) {
      const source = list(at('releases'))
        .map((release) => at('releases', release, name))
        .find((file) => fs.existsSync(file) && hashOf(file) === sha256);
      if (source === undefined) continue;
      fs.copyFileSync(source, path.join(incoming, name));
      here.push(name);
    }
    return { incoming, here };
  },

  /** Writes one file as it came in the command: where the server's file transfer does not work. */
  put({ incoming, name, base64 }) {
    fs.writeFileSync(path.join(incoming, name), Buffer.from(base64, 'base64'));
    return {};
  },

  /** Checks every file, writes `release.json` last, and moves the folder to its place in one rename. */
  commit({ incoming, release }) {
    for (const { name, sha256 } of release.files) {
      const file = path.join(incoming, name);
      const found = hashOf(file);
      if (found !== sha256) throw new Error(`${name} differs from what was sent: ${found}, not ${sha256}`);
      fs.chmodSync(file, 0o644);
      syncFolder(file);
    }
    const place = at('releases', release.id);
    const isThere =
      fs.existsSync(path.join(place, 'release.json')) &&
      release.files.every(({ name, sha256 }) => {
        const file = path.join(place, name);
        return fs.existsSync(file) && hashOf(file) === sha256;
      });
    if (isThere) {
      fs.rmSync(incoming, { recursive: true, force: true });
      return {};
    }
    writeWhole(path.join(incoming, 'release.json'), `${JSON.stringify(release, null, 2)}\n`, 0o644);
    if (fs.existsSync(place)) fs.renameSync(place, `${incoming}.damaged`);
    fs.renameSync(incoming, place);
    syncFolder(at('releases'));
    return {};
  },

  /** Makes the secret of `--access token` once, or another in its place; it never leaves its file but through SSH. */
  token({ replace }) {
    if (fs.existsSync(at('token')) && !replace) return {};
    writeWhole(at('token'), `${randomBytes(24).toString('base64url')}\n`, 0o600);
    return {};
  },

  async 'start-plain'({ id, before }) {
    trial = { before };
    await startPlain(id);
    return {};
  },

  async 'stop-plain'() {
    await stopPlain();
    return {};
  },

  /** Ends the trial by putting back what ran before. */
  async restore() {
    await restoreTrial();
    return {};
  },

  /** Makes a release the current one, and keeps the one before it for a way back. */
  switch({ id }) {
    const before = linkOf('current');
    if (before !== null && before !== id && fs.existsSync(at('releases', before, 'release.json'))) {
      pointTo('previous', before);
    }
    pointTo('current', id);
    syncFolder(folder);
    trial = null;
    if (linkOf('previous') === id) fs.rmSync(at('previous'), { force: true });
    prune();
    return {};
  },
};

function prune() {
  const kept = [linkOf('current'), linkOf('previous')];
  for (const name of list(at('releases'))) {
    if (!kept.includes(name)) fs.rmSync(at('releases', name), { recursive: true, force: true });
  }
  const used = kept.map((id) => id && readJson(at('releases', id, 'release.json'))?.runtime?.carried);
  for (const name of list(at('runtimes'))) {
    if (!used.includes(name)) fs.rmSync(at('runtimes', name), { recursive: true, force: true });
  }
  fs.rmSync(at('incoming'), { recursive: true, force: true });
}

async function restoreTrial() {
  if (trial === null) return;
  const { before } = trial;
  trial = null;
  await stopPlain();
  if (before !== null) await startPlain(before);
  else fs.rmSync(at('run'), { recursive: true, force: true });
}

async function serve() {
  const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
  // The far side is gone: nobody can be told, but what was begun is still put back.
  process.stdout.on('error', () => undefined);
  say({ ready: true });
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const { number, command, ...args } = JSON.parse(line);
    try {
      const onWait = (note) => say({ number, ...note });
      say({ number, done: await commands[command]({ ...args, onWait }) });
    } catch (error) {
      say({ number, failed: { message: error.message, code: error.code ?? null } });
    }
  }
  await restoreTrial();
  unlock();
}

// ---------------------------------------------------------------- supervisor

class Log {
  #file = at('log', 'agent.log');
  #rest = '';

  line(text) {
    try {
      if (fs.existsSync(this.#file) && fs.statSync(this.#file).size > MAX_LOG_BYTES) {
        fs.renameSync(this.#file, `${this.#file}.1`);
      }
      fs.appendFileSync(this.#file, `${new Date().toISOString()} ${text}\n`, { mode: 0o644 });
    } catch {
      // A full disk must not end the agent; its log then has a gap.
    }
  }

  chunk(bytes) {
    const lines = (this.#rest + bytes.toString('utf8')).split('\n');
    this.#rest = lines.pop().slice(-4096);
    for (const line of lines) this.line(line);
  }
}

async function supervise() {
  const log = new Log();
  const release = readJson(path.join(__dirname, 'release.json'));
  const argv = [...NODE_FLAGS, path.join(__dirname, 'led-agent.cjs'), ...release.args];
  const starts = [];
  let agent = null;
  let stopping = false;
  let restarts = 0;

  const note = (more) =>
    writeWhole(
      at('run', 'supervisor.json'),
      `${JSON.stringify({
        pid: process.pid,
        agentPid: agent?.pid ?? null,
        release: release.id,
        ports: [release.settings.ledPort, release.settings.echoPort],
        restarts,
        boot: bootId(),
        startedAtUptime: os.uptime(),
        startedAtEpoch: Date.now(),
        lastExit: null,
        ...more,
      })}\n`,
      0o644,
    );
  const stop = () => {
    stopping = true;
    if (agent === null) return;
    const { pid } = agent;
    signal(pid, 'SIGTERM');
    setTimeout(() => signal(pid, 'SIGKILL'), STOP_WITHIN_MS).unref();
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on('SIGHUP', () => undefined);

  fs.writeFileSync(at('run', 'supervisor.pid'), `${process.pid}\n`);
  while (!stopping) {
    starts.push(Date.now());
    log.line(`supervisor: starting the agent of release ${release.id}`);
    const ended = new Promise((resolve) => {
      agent = spawn(release.runtime.node, argv, { stdio: ['ignore', 'pipe', 'pipe'], cwd: '/' });
      agent.stdout.on('data', (bytes) => log.chunk(bytes));
      agent.stderr.on('data', (bytes) => log.chunk(bytes));
      agent.once('error', (error) => resolve({ code: null, signal: error.code }));
      agent.once('close', (code, name) => resolve({ code, signal: name }));
    });
    note({});
    const exit = await ended;
    log.line(`supervisor: the agent ended with ${exit.signal ?? `code ${exit.code}`}`);
    agent = null;
    if (stopping || exit.code === 0) break;
    restarts += 1;
    const recent = starts.filter((time) => time > Date.now() - STARTS_WITHIN_MS);
    const hopeless = HOPELESS_CODES.includes(exit.code) || recent.length >= MAX_STARTS;
    note({ lastExit: exit });
    if (hopeless) {
      log.line('supervisor: starting it again does not help; giving up');
      process.exitCode = 1;
      return;
    }
    for (let waited = 0; waited < RESTART_AFTER_MS && !stopping; waited += 50) await sleep(50);
  }
  for (const name of ['supervisor.json', 'supervisor.pid']) fs.rmSync(at('run', name), { force: true });
}

void (mode === 'supervise' ? supervise() : serve());
