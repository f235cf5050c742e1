import * as v from 'valibot';
import { AppError } from '../errors/index.ts';
import type { Target } from '../target/target.ts';
import type { DnsServerAddress } from './answer.ts';
import { timedOut, type Carrier, type Delivery, type SendOptions } from './carrier.ts';
import { RELAY_PROGRAM } from './target-scripts.ts';
import type { Reply } from './wire.ts';

/** Milliseconds beyond the question's own time-out for starting Python on a slow Pi and for the SSH connection. */
const START_ALLOWANCE_MS = 15_000;

const replies = v.array(
  v.object({
    attempts: v.number(),
    ignored: v.number(),
    ms: v.number(),
    reply: v.optional(v.string()),
    code: v.optional(v.string()),
  }),
);

interface Waiting {
  readonly task: { query: string; server: string; port: number; tcp: boolean; timeout: number };
  readonly server: DnsServerAddress;
  readonly read: (bytes: Uint8Array) => Reply | null;
  readonly timeoutMs: number;
  readonly resolve: (delivery: Delivery) => void;
  readonly reject: (thrown: unknown) => void;
}

/**
 * Carries DNS messages by Python on the device, so that the device's own network is asked, over UDP as its programs do.
 * Questions put in the same turn travel in one command: one round trip and one start of Python for all.
 */
export class PythonRelay {
  readonly #target: Target;
  readonly #signal: AbortSignal | undefined;
  #waiting: Waiting[] = [];

  constructor(target: Target, signal?: AbortSignal) {
    this.#target = target;
    this.#signal = signal;
  }

  carrier(server: DnsServerAddress, transport: 'udp' | 'tcp'): Carrier {
    return {
      transport,
      through: 'python3',
      send: (query, read, options) => this.#enqueue(server, transport === 'tcp', query, read, options),
    };
  }

  #enqueue(
    server: DnsServerAddress,
    tcp: boolean,
    query: Buffer,
    read: (bytes: Uint8Array) => Reply | null,
    { timeoutMs }: SendOptions,
  ): Promise<Delivery> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length === 0) setImmediate(() => void this.#flush());
      const { address, port } = server;
      const task = { query: query.toString('hex'), server: address, port, tcp, timeout: timeoutMs / 1000 };
      this.#waiting.push({ task, server, read, timeoutMs, resolve, reject });
    });
  }

  async #flush(): Promise<void> {
    const batch = this.#waiting;
    this.#waiting = [];
    try {
      const longest = Math.max(...batch.map((one) => one.timeoutMs));
      const result = await this.#target.exec(
        { argv: ['python3', '-c', RELAY_PROGRAM] },
        {
          input: JSON.stringify(batch.map((one) => one.task)),
          timeoutMs: longest + START_ALLOWANCE_MS,
          signal: this.#signal,
        },
      );
      const answers = parseReplies(result.stdout, batch.length, result.stderr);
      batch.forEach((one, index) => settle(one, answers[index]));
    } catch (thrown) {
      for (const one of batch) one.reject(thrown);
    }
  }
}

function settle(waiting: Waiting, answer: v.InferOutput<typeof replies>[number] | undefined): void {
  if (answer?.reply === undefined) {
    const code = answer?.code ?? 'ETIMEDOUT';
    const failure = code === 'ETIMEDOUT' ? timedOut(waiting.server, waiting.timeoutMs) : new AppError(code, code);
    return waiting.reject(failure);
  }
  const bytes = Buffer.from(answer.reply, 'hex');
  const reply = waiting.read(bytes);
  if (reply === null) return waiting.reject(timedOut(waiting.server, waiting.timeoutMs));
  waiting.resolve({
    reply,
    durationMs: answer.ms,
    attempts: answer.attempts,
    ignored: answer.ignored,
    replyBytes: bytes.length,
  });
}

function parseReplies(stdout: string, count: number, stderr: string): v.InferOutput<typeof replies> {
  const line = stdout.trimEnd().split('\n').at(-1) ?? '';
  const parsed = line.startsWith('[') ? v.safeParse(replies, JSON.parse(line)) : { success: false as const };
  if (parsed.success && parsed.output.length === count) return parsed.output;
  throw new AppError('UNEXPECTED_OUTPUT', 'Python on the device printed something unexpected.', {
    cause: stderr.slice(-500),
  });
}
