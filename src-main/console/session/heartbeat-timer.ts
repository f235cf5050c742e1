import { AppError } from '../../errors/index.ts';
import { parsePayload } from '../payload/index.ts';
import type { Transcript } from '../transcript/index.ts';
import type { Channel } from './channel.ts';
import type { Heartbeat } from './session-options.ts';

/**
 * Sends a payload every so often, and notices when nothing at all comes back in time: a peer that lost power gives no
 * event while the line is idle.
 */
export class HeartbeatTimer {
  readonly #transcript: Transcript;
  readonly #heartbeat: Heartbeat;
  readonly #bytes: Uint8Array;
  #every: NodeJS.Timeout | undefined;
  #limit: NodeJS.Timeout | undefined;
  #silent = false;

  /** Raises `BAD_PAYLOAD`. */
  constructor(heartbeat: Heartbeat, transcript: Transcript) {
    const parsed = parsePayload(heartbeat.payload);
    if (!parsed.ok) throw new AppError('BAD_PAYLOAD', `The heartbeat cannot be read: ${parsed.message}`);
    this.#heartbeat = heartbeat;
    this.#bytes = parsed.bytes;
    this.#transcript = transcript;
  }

  /** Starts for a channel, which shows the outcome. Stops by itself when the channel takes nothing more. */
  start(channel: Channel): void {
    this.stop();
    this.#every = setInterval(() => this.#beat(channel), this.#heartbeat.everyMs);
  }

  stop(): void {
    clearInterval(this.#every);
    clearTimeout(this.#limit);
    this.#limit = undefined;
    this.#silent = false;
  }

  #beat(channel: Channel): void {
    const sentAt = Date.now();
    try {
      channel.send(this.#bytes);
    } catch (thrown) {
      const { message } = AppError.from(thrown);
      this.#transcript.appendDetails('note', 'none', channel.id, { text: `The heartbeat stopped: ${message}` });
      this.stop();
      return;
    }
    // One check at a time, or beats closer together than the limit would put it off for ever.
    this.#limit ??= setTimeout(() => {
      this.#limit = undefined;
      this.#check(channel, sentAt);
    }, this.#heartbeat.answerWithinMs);
  }

  #check(channel: Channel, sentAt: number): void {
    const { lastReceivedAt, state } = channel.snapshot();
    if (state === 'closed') return;
    const answered = lastReceivedAt !== null && lastReceivedAt >= sentAt;
    channel.setUnanswered(!answered);
    if (answered === !this.#silent) return;
    this.#silent = !answered;
    const seconds = this.#heartbeat.answerWithinMs / 1000;
    const text = answered ? 'It answers again.' : `No answer to the heartbeat within ${seconds} s.`;
    this.#transcript.appendDetails('note', 'none', channel.id, { text });
  }
}
