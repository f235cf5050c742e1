import { readFile, writeFile } from 'node:fs/promises';
import { Turns } from './turns.ts';

/** Names of the green activity LED, on kernels of different ages. */
const LED_NAMES = ['ACT', 'led0'];
const FLASHES = 12;
const FLASH_MS = 150;

/** Why the activity LED cannot blink, as a sentence. */
export class ActivityLedError extends Error {
  readonly code: 'no-activity-led' | 'not-permitted';

  constructor(code: 'no-activity-led' | 'not-permitted', sentence: string) {
    super(sentence);
    this.code = code;
  }
}

/** Blinks the board's own activity LED, so that one Pi of many is found, and puts its trigger back. */
export class ActivityLed {
  readonly #root: string;
  readonly #log: (line: string) => void;
  #running: { readonly folder: string; readonly trigger: string; timer: NodeJS.Timeout } | null = null;
  /** Whoever read the trigger while it is set or put back would take the one that was set for the board's own. */
  readonly #turns = new Turns();
  #closed = false;

  /** `root` is `/sys/class/leds`. */
  constructor(root: string, log: (line: string) => void) {
    this.#root = root;
    this.#log = log;
  }

  /** Settles when it blinks; it stops by itself after about four seconds. Raises ActivityLedError. */
  identify(): Promise<void> {
    return this.#turns.take(() => this.#start());
  }

  /** Ends the blinking early, puts the trigger back, and blinks no more. Never rejects. */
  close(): Promise<void> {
    this.#closed = true;
    return this.#turns.take(() => this.#stop());
  }

  async #start(): Promise<void> {
    if (this.#running !== null) return;
    if (this.#closed) throw new ActivityLedError('not-permitted', 'the agent is ending');
    const { folder, trigger } = await this.#find();
    try {
      await writeFile(`${folder}/trigger`, 'none');
    } catch (thrown) {
      throw new ActivityLedError('not-permitted', `the agent may not use the activity LED: ${String(thrown)}`);
    }
    this.#running = { folder, trigger, timer: this.#flash(folder, FLASHES * 2) };
  }

  async #stop(): Promise<void> {
    const running = this.#running;
    if (running === null) return;
    this.#running = null;
    clearTimeout(running.timer);
    await this.#write(`${running.folder}/trigger`, running.trigger);
  }

  #flash(folder: string, left: number): NodeJS.Timeout {
    return setTimeout(() => {
      if (this.#running === null) return;
      if (left === 0) {
        void this.#turns.take(() => this.#stop());
        return;
      }
      this.#running.timer = this.#flash(folder, left - 1);
      void this.#write(`${folder}/brightness`, left % 2 === 0 ? '1' : '0');
    }, FLASH_MS);
  }

  async #find(): Promise<{ folder: string; trigger: string }> {
    for (const name of LED_NAMES) {
      const folder = `${this.#root}/${name}`;
      try {
        const triggers = await readFile(`${folder}/trigger`, 'utf8');
        return { folder, trigger: /\[([^\]]+)\]/.exec(triggers)?.[1] ?? 'none' };
      } catch (thrown) {
        const missing = thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT';
        if (!missing) throw new ActivityLedError('not-permitted', `the activity LED cannot be read: ${String(thrown)}`);
      }
    }
    throw new ActivityLedError('no-activity-led', 'this computer has no activity LED that can be blinked');
  }

  /** Never rejects: a step that fails must not keep the trigger from being put back. */
  async #write(path: string, text: string): Promise<void> {
    try {
      await writeFile(path, text);
    } catch (thrown) {
      this.#log(`${path}: ${String(thrown)}`);
    }
  }
}
