import { AppError } from '../errors/index.ts';
import type { TargetLookup } from '../target/target.ts';
import type { LookupAnswer, LookupReport, RecordType } from './answer.ts';
import type { DnsHistory } from './history.ts';
import { HereAsker } from './here-asker.ts';
import type { LocalResolvers } from './local-resolvers.ts';
import { checkName, isLocalName, type CheckedName } from './name.ts';
import type { Ask, LookupOptions, LookupRequest } from './request.ts';
import { parseServer } from './servers.ts';
import { explainDifferences, overallOutcome, summarize } from './summary.ts';
import { TargetAsker } from './target-asker.ts';

const DEFAULT_TIMEOUT_MS = 5000;

/** Looks a name up with several resolvers at the same time and keeps their answers apart. */
export class DnsService {
  readonly history: DnsHistory;
  readonly #here: HereAsker;
  readonly #targets: TargetLookup;

  constructor(options: { local: LocalResolvers; targets: TargetLookup; history: DnsHistory }) {
    this.#here = new HereAsker(options.local);
    this.#targets = options.targets;
    this.history = options.history;
  }

  /**
   * Each resolver's failure is an answer of its own, so one broken resolver never hides the others. Raises
   * `INVALID_NAME`, `INVALID_SERVER`, `NOTHING_TO_ASK`, `NOT_SIGNED_IN` and `CANCELLED`.
   */
  async lookup(request: LookupRequest, options: LookupOptions = {}): Promise<LookupReport> {
    const name = checkName(request.name);
    if (!name.ok) throw new AppError('INVALID_NAME', name.message);
    const targets = request.deviceIds.map((id) => this.#targets.get(id));
    if (!request.here && targets.length === 0) throw new AppError('NOTHING_TO_ASK', 'Choose where to ask from.');
    const answers: LookupAnswer[] = [];
    const types = typesFor(name, request.types);
    const ask: Ask = {
      name,
      types,
      system: request.system,
      configured: request.configured,
      servers: request.servers.map(serverOrRaise),
      mdns: request.mdns && (name.kind === 'address' || isLocalName(name.wire)),
      timeoutMs: request.timeoutMs ?? DEFAULT_TIMEOUT_MS,
      signal: options.signal,
      give: (answer) => {
        answers.push(answer);
        options.onAnswer?.(answer);
      },
    };
    const askedAt = Date.now();
    await Promise.all([
      request.here ? this.#here.ask(ask) : undefined,
      ...targets.map((target) => new TargetAsker(target).ask(ask)),
    ]);
    const report: LookupReport = {
      name: name.shown,
      wireName: name.wire,
      kind: name.kind,
      types,
      askedAt,
      outcome: overallOutcome(answers),
      summary: summarize(name.shown, answers),
      notes: explainDifferences({ name: name.shown, wireName: name.wire, answers }),
      answers,
    };
    return this.#remembered(report);
  }

  /** Puts a report into the history; where that cannot be, a note tells why, and the answers are there all the same. */
  async #remembered(report: LookupReport): Promise<LookupReport> {
    try {
      await this.history.add(report);
      return report;
    } catch (thrown) {
      const { message } = AppError.from(thrown);
      return { ...report, notes: [...report.notes, `This look-up is not in the list of earlier ones. ${message}`] };
    }
  }
}

function typesFor(name: CheckedName & { ok: true }, wanted: readonly RecordType[]): readonly RecordType[] {
  if (name.kind === 'address') return ['PTR'];
  return wanted.length === 0 ? ['A', 'AAAA'] : [...new Set(wanted)];
}

function serverOrRaise(text: string): { address: string; port: number } {
  const server = parseServer(text);
  if (server) return server;
  throw new AppError('INVALID_SERVER', `“${text}” is not the address of a DNS server.`, {
    hint: 'Write an address such as 1.1.1.1, with a port only when it is not 53: 192.168.1.1:5353.',
  });
}
