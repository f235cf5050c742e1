import { randomInt } from 'node:crypto';
import { AppError, systemCode } from '../errors/index.ts';
import type { DnsRecord, Outcome, ReplyFacts, Through, Transport } from './answer.ts';
import type { Carrier, Delivery, SendOptions } from './carrier.ts';
import { decodeReply, encodeQuery, negativeTtl, readRecords, type Question, type Reply } from './wire.ts';

/** What one server says to one question. */
export interface ServerAnswer {
  readonly outcome: Outcome;
  /** The response code's name (`NXDOMAIN`), or the system's code when nothing came (`ETIMEDOUT`). */
  readonly code: string;
  readonly records: readonly DnsRecord[];
  readonly durationMs: number;
  readonly transport: Transport;
  readonly through: Through;
  readonly facts: ReplyFacts | null;
}

/** The ways to one server: `first` for every question, `whenCut` for a reply that did not fit. */
export interface Route {
  readonly first: Carrier;
  readonly whenCut: Carrier | null;
}

/**
 * Asks one server one question: EDNS first and without it for servers that refuse it (RFC 6891, section 6.2.2), once
 * more over TCP when the reply was cut (RFC 7766). A failure is an answer; only `CANCELLED` is raised.
 */
export async function askServer(route: Route, question: Question, options: SendOptions): Promise<ServerAnswer> {
  const started = performance.now();
  const { first } = route;
  try {
    let delivery = await exchange(first, question, true, options);
    if (delivery.reply.rcode === 'FORMERR' || delivery.reply.rcode === 'NOTIMP') {
      delivery = await exchange(first, question, false, options);
    }
    return delivery.reply.flag_tc
      ? await askAgainWhole(route, question, delivery, options)
      : answerFrom(delivery, first);
  } catch (thrown) {
    if (systemCode(thrown) === 'CANCELLED' || options.signal?.aborted) throw thrown;
    return answerFromFailure(thrown, first, performance.now() - started);
  }
}

async function exchange(carrier: Carrier, question: Question, edns: boolean, options: SendOptions): Promise<Delivery> {
  const id = randomInt(0x10000);
  return carrier.send(encodeQuery(id, question, edns), (bytes) => decodeReply(bytes, id, question), options);
}

/** The whole reply over TCP; when that fails the cut one is shown, marked as such. */
async function askAgainWhole(
  route: Route,
  question: Question,
  cut: Delivery,
  options: SendOptions,
): Promise<ServerAnswer> {
  const { first, whenCut } = route;
  const partial = answerFrom(cut, first);
  if (whenCut === null) return partial;
  try {
    const whole = await exchange(whenCut, question, true, options);
    const durationMs = cut.durationMs + whole.durationMs;
    const attempts = cut.attempts + whole.attempts;
    return answerFrom({ ...whole, durationMs, attempts, ignored: cut.ignored + whole.ignored }, whenCut);
  } catch (thrown) {
    if (systemCode(thrown) === 'CANCELLED' || options.signal?.aborted) throw thrown;
    if (partial.outcome === 'found') return partial;
    const failed = answerFromFailure(thrown, whenCut, cut.durationMs);
    return { ...failed, outcome: 'failed', code: 'TRUNCATED', facts: partial.facts };
  }
}

function answerFrom(delivery: Delivery, carrier: Carrier): ServerAnswer {
  const { reply, durationMs, attempts, ignored, replyBytes } = delivery;
  const records = readRecords(reply.answers);
  const outcome = outcomeOf(reply);
  return {
    outcome,
    code: outcome === 'found' ? '' : outcome === 'no-data' ? 'NODATA' : reply.rcode,
    records,
    durationMs,
    transport: carrier.transport,
    through: carrier.through,
    facts: {
      authoritative: reply.flag_aa,
      truncated: reply.flag_tc,
      authenticated: reply.flag_ad,
      attempts,
      ignored,
      replyBytes,
      negativeTtl: outcome === 'not-found' || outcome === 'no-data' ? negativeTtl(reply) : null,
    },
  };
}

function outcomeOf(reply: Reply): Outcome {
  switch (reply.rcode) {
    case 'NOERROR': {
      const asked = reply.questions?.[0]?.type;
      return (reply.answers ?? []).some((record) => record.type === asked) ? 'found' : 'no-data';
    }
    case 'NXDOMAIN':
      return 'not-found';
    case 'SERVFAIL':
      return 'server-failed';
    case 'REFUSED':
      return 'refused';
    default:
      return 'failed';
  }
}

const OUTCOME_OF_CODE: Readonly<Record<string, Outcome>> = {
  ETIMEDOUT: 'timed-out',
  ECONNREFUSED: 'no-server',
  ENETUNREACH: 'no-network',
  EHOSTUNREACH: 'no-network',
  ENETDOWN: 'no-network',
  EADDRNOTAVAIL: 'no-network',
};

function answerFromFailure(thrown: unknown, carrier: Carrier, durationMs: number): ServerAnswer {
  const code = systemCode(thrown) ?? AppError.from(thrown).code;
  return {
    outcome: OUTCOME_OF_CODE[code] ?? 'failed',
    code,
    records: [],
    durationMs,
    transport: carrier.transport,
    through: carrier.through,
    facts: null,
  };
}
