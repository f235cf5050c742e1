/* eslint-disable @typescript-eslint/no-require-imports -- it runs alone on the device, as it is, on Node 18 and newer */
'use strict';
/*
 * The part of Pi Workbench that works on the device, next to the LED agent. Two programs in one file:
 *   session FOLDER    serves one deployment: reads a JSON command a line, answers with a JSON line. It holds the lock of
 *                     the folder while its input is open and not silent; when the connection breaks, it puts back what it
 *                     had begun. What a session that was killed had begun is put back by the next one.
 *   supervise FOLDER  keeps the agent of its own release running where there is no systemd.
 * Everything is written to its final name only after it is complete and on the disk.
 */
const { spawn } = require('node:child_process');
const { createHash, randomBytes } = require('node:crypto');
const fs = require('node:fs');
const net = require('node:net');
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
/** The app sends an empty line every few seconds: a link may break without either end being told. */
const SILENCE_MS = 30_000;
const SILENCE_CODE = 3;
/** A deployment gives up a Node it sends or unpacks long before: what is untouched for so long is nobody's. */
const ABANDONED_AFTER_MS = 10 * 60_000;
const PORT_FREE_WITHIN_MS = 180_000;
/** The state of a supervisor always has this size: it is written anew in place, whatever room the disk has. */
const STATE_BYTES = 512;
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

/** Takes away a file, or a folder with all that is in it, if it is there. */
function remove(name) {
  fs.rmSync(name, { recursive: true, force: true });
}

/** Writes into a file and has it on the disk; `flags` as of open(2). */
function writeThrough(name, text, flags, mode) {
  const handle = fs.openSync(name, flags, mode);
  try {
    fs.fchmodSync(handle, mode);
    fs.writeSync(handle, text);
    fs.fsyncSync(handle);
  } finally {
    fs.closeSync(handle);
  }
}

function writeWhole(name, text, mode) {
  const part = `${name}.${process.pid}.part`;
  try {
    writeThrough(part, text, 'w', mode);
    fs.renameSync(part, name);
  } catch (error) {
    remove(part);
    throw error;
  }
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
  remove(part);
  fs.symlinkSync(path.join('releases', id), part);
  fs.renameSync(part, at(name));
}

/** Makes the folder, and notes the topmost one that had to be made, so that a removal leaves none behind. */
function makeFolder() {
  let missing = null;
  for (let one = folder; !fs.existsSync(one); one = path.dirname(one)) missing = one;
  fs.mkdirSync(folder, { recursive: true, mode: 0o755 });
  if (missing === null) return;
  try {
    writeWhole(at('made'), `${missing}\n`, 0o644);
  } catch (error) {
    remove(missing);
    throw error;
  }
}

/** Takes away what processes that were killed left half written in a folder: the names end with their numbers. */
function sweep(name) {
  for (const entry of list(name)) {
    const pid = /\.(\d+)\.part$/.exec(entry)?.[1];
    if (pid !== undefined && !isAlive(Number(pid), 'led-manager')) remove(path.join(name, entry));
  }
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

const spares = () => list(at('run')).filter((name) => name.startsWith('spare.'));

/**
 * Makes sure, while the agent before still runs, that the next one and the one before can be started whatever the disk
 * does from now on: each needs one small file.
 */
function prepareStart() {
  fs.mkdirSync(at('run'), { recursive: true, mode: 0o755 });
  fs.mkdirSync(at('log'), { recursive: true, mode: 0o755 });
  for (const name of ['spare.1', 'spare.2']) writeWhole(at('run', name), ' '.repeat(STATE_BYTES), 0o644);
}

/** Writes the state of a supervisor that starts: into a file that is there already, when there is one. */
function writeFirstState(text) {
  const state = at('run', 'supervisor.json');
  const [spare] = spares();
  if (spare === undefined) {
    writeWhole(state, text, 0o644);
    return;
  }
  writeThrough(at('run', spare), text, 'r+', 0o644);
  fs.renameSync(at('run', spare), state);
}

function openManagerLog() {
  try {
    return fs.openSync(at('log', 'manager.log'), 'w', 0o644);
  } catch {
    // Without its last words, but started.
    return 'ignore';
  }
}

async function startPlain(id) {
  const release = readJson(at('releases', id, 'release.json'));
  if (release === null) throw new Error(`release ${id} is not complete`);
  await stopPlain();
  remove(at('run', 'supervisor.json'));
  const errors = openManagerLog();
  const child = spawn(release.runtime.node, [at('releases', id, 'led-manager.cjs'), 'supervise', folder], {
    detached: true,
    stdio: ['ignore', errors, errors],
    cwd: '/',
  });
  if (errors !== 'ignore') fs.closeSync(errors);
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

// ---------------------------------------------------------------- trial

/**
 * What runs while a new release is tried is noted on the disk, and put back by whoever holds the lock when the trial ends
 * without the release having become the current one.
 */
function beginTrial({ id, before }) {
  prepareStart();
  const trial = { id, before, current: linkOf('current'), boot: bootId() };
  writeWhole(at('run', 'trial.json'), `${JSON.stringify(trial)}\n`, 0o644);
}

function endTrial() {
  for (const name of [...spares(), 'trial.json']) remove(at('run', name));
}

/**
 * After a restart of the machine nothing runs in whose place something could be put back. A release that was the current
 * one already is no less on trial: it may have been stopped, or have given up.
 */
function isOver({ id, current, boot }) {
  return boot !== bootId() || (id !== current && id === linkOf('current'));
}

async function restoreTrial() {
  const trial = readJson(at('run', 'trial.json'));
  if (trial !== null && !isOver(trial)) {
    await stopPlain();
    if (trial.before === null) remove(at('run'));
    else {
      await untilPortIsFree(trial.before);
      await startPlain(trial.before);
    }
  }
  endTrial();
}

/** A unit that was tried in the place of a plain process is taken back by a guard of its own, which takes its time. */
async function untilPortIsFree(id) {
  const port = readJson(at('releases', id, 'release.json'))?.settings?.ledPort;
  const deadline = Date.now() + PORT_FREE_WITHIN_MS;
  while (port !== undefined && Date.now() < deadline && (await isTaken(port))) await sleep(200);
}

function isTaken(port) {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}

// ---------------------------------------------------------------- session

/** Set once nobody is there any more to whom this session could answer. */
let isGone = false;
let owner = null;
/** Where the files of this session's release arrive. */
let incoming = null;

/** Of rename(2) onto a lock that is held. */
const HELD = ['EEXIST', 'ENOTEMPTY', 'ENOTDIR', 'EISDIR'];

/** The lock is a folder with its owner inside, put in place by one rename: it is never there without an owner. */
function tryLock(by) {
  const mine = at(`lock.${process.pid}.part`);
  const wanted = { pid: process.pid, boot: bootId(), since: Date.now(), by };
  try {
    remove(mine);
    fs.mkdirSync(mine);
    fs.writeFileSync(path.join(mine, 'owner.json'), JSON.stringify(wanted));
    fs.renameSync(mine, at('lock'));
    owner = wanted;
    return null;
  } catch (error) {
    remove(mine);
    if (!HELD.includes(error.code)) throw error;
  }
  return holderOfLock();
}

/** Who holds the lock; one whose owner is gone is moved out of the way. */
function holderOfLock() {
  const inode = fs.statSync(at('lock'), { throwIfNoEntry: false })?.ino;
  const holder = readJson(at('lock', 'owner.json'));
  const isHeld = holder !== null && holder.boot === bootId() && isAlive(holder.pid, 'led-manager');
  if (inode !== undefined && !isHeld) moveAway(inode);
  return holder ?? { pid: 0, by: 'an unknown deployment', since: 0 };
}

/**
 * Of several that wait for a dead lock, each takes it for dead, but only one can move it: the name that it is moved to is
 * then taken, and nobody moves the lock that the first of them puts in its place.
 */
function moveAway(inode) {
  try {
    fs.renameSync(at('lock'), at(`lock.dead-${inode}`));
  } catch (error) {
    if (error.code !== 'ENOENT' && !HELD.includes(error.code)) throw error;
  }
}

function unlock() {
  if (owner === null) return;
  const mine = at(`lock.${process.pid}.part`);
  for (const name of list(folder).filter((entry) => entry.startsWith('lock.dead-'))) remove(at(name));
  // Moved first, so that nobody finds it half removed.
  if (readJson(at('lock', 'owner.json'))?.pid === process.pid) fs.renameSync(at('lock'), mine);
  remove(mine);
  owner = null;
}

const commands = {
  /** Waits until nobody else deploys here; answers who was waited for. */
  async lock({ by, onWait }) {
    makeFolder();
    let waitedFor = null;
    for (let holder = tryLock(by); holder !== null; holder = tryLock(by)) {
      if (isGone) throw new Error('nobody waits for the lock any more');
      if (waitedFor === null) onWait({ waiting: holder });
      waitedFor = holder;
      await sleep(100);
    }
    for (const name of [folder, at('run')]) sweep(name);
    await restoreTrial();
    return { waitedFor };
  },

  /** Clears what an interrupted deployment left, makes a place for the new files, and copies those that are here. */
  begin({ id, files }) {
    for (const name of ['incoming', 'releases']) fs.mkdirSync(at(name), { recursive: true, mode: 0o755 });
    for (const name of list(at('incoming'))) remove(at('incoming', name));
    for (const name of list(at('releases'))) {
      if (!fs.existsSync(at('releases', name, 'release.json'))) remove(at('releases', name));
    }
    incoming = at('incoming', `${id}-${randomBytes(4).toString('hex')}`);
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
  put({ name, base64 }) {
    fs.writeFileSync(path.join(incoming, name), Buffer.from(base64, 'base64'));
    return {};
  },

  /** Checks every file, writes `release.json` last, and moves the folder to its place in one rename. */
  commit({ release }) {
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
      remove(incoming);
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
    beginTrial({ id, before });
    await startPlain(id);
    return {};
  },

  /** Makes room for a release that is no plain process. */
  async 'stop-plain'({ id, before }) {
    beginTrial({ id, before });
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
    endTrial();
    if (linkOf('previous') === id) remove(at('previous'));
    prune();
    return {};
  },
};

function prune() {
  const kept = [linkOf('current'), linkOf('previous')];
  for (const name of list(at('releases'))) {
    if (!kept.includes(name)) remove(at('releases', name));
  }
  const used = kept.map((id) => id && readJson(at('releases', id, 'release.json'))?.runtime?.carried);
  for (const name of list(at('runtimes'))) {
    if (!used.includes(name) && isAbandoned(at('runtimes', name))) remove(at('runtimes', name));
  }
  remove(at('incoming'));
}

/** A Node is sent before the lock is asked for: one that is new, whole or not, may be another deployment's. */
function isAbandoned(runtime) {
  const touched = ['.', 'node.gz', 'bin/node'].map(
    (name) => fs.statSync(path.join(runtime, name), { throwIfNoEntry: false })?.mtimeMs ?? 0,
  );
  return Date.now() - Math.max(...touched) > ABANDONED_AFTER_MS;
}

function requestIn(line) {
  try {
    return JSON.parse(line);
  } catch {
    // An empty line is a sign of life; half a line is the last one of a connection that broke.
    return null;
  }
}

/** Calls back once the input has been silent for too long. What is counted is looks: this program may have been busy itself. */
function watchForSilence(giveUp) {
  let looks = 0;
  process.stdin.on('data', () => (looks = 0));
  const timer = setInterval(() => {
    looks += 1;
    if (looks === 10) giveUp();
  }, SILENCE_MS / 10);
  timer.unref();
}

async function serve() {
  const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
  // The far side is gone: nobody can be told, but what was begun is still put back.
  process.stdout.on('error', () => undefined);
  const lines = readline.createInterface({ input: process.stdin });
  const giveUp = () => {
    isGone = true;
    lines.close();
  };
  process.stdin.once('end', giveUp);
  for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.once(name, giveUp);
  watchForSilence(() => {
    process.exitCode = SILENCE_CODE;
    giveUp();
  });
  say({ ready: true });
  for await (const line of lines) {
    const request = requestIn(line);
    if (request === null) continue;
    const { number, command, ...args } = request;
    try {
      const onWait = (note) => say({ number, ...note });
      say({ number, done: await commands[command]({ ...args, onWait }) });
    } catch (error) {
      say({ number, failed: { message: error.message, code: error.code ?? null } });
    }
  }
  try {
    if (owner !== null) await restoreTrial();
    if (incoming !== null) remove(incoming);
  } finally {
    unlock();
  }
  // The input may still be open, of a link that fell silent.
  process.exit();
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

  const state = (more) =>
    JSON.stringify({
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
    }).padEnd(STATE_BYTES);
  const note = (more) => {
    try {
      writeThrough(at('run', 'supervisor.json'), state(more), 'r+', 0o644);
    } catch (error) {
      // What is known of the agent is then as old as the note before, but it runs on.
      log.line(`supervisor: its state could not be noted: ${error.message}`);
    }
  };
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

  writeFirstState(state({}));
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
  remove(at('run', 'supervisor.json'));
}

void (mode === 'supervise' ? supervise() : serve());
