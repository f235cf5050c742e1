import { describe, expect, test } from 'vitest';
import type { SshSighting } from '../../../src-main/discovery/index.ts';
import type { Prober, SshProbe } from '../../../src-main/discovery/sweep/probe.ts';
import { MOST_IN_FLIGHT, sweep, type SweepOptions, type SweepResult } from '../../../src-main/discovery/sweep/sweep.ts';

const addresses = Array.from({ length: 254 }, (_, at) => `192.168.1.${at + 1}`);
const open: SshProbe = {
  knock: { kind: 'open' },
  ssh: { port: 22, state: 'open', banner: 'SSH-2.0-x', hostKey: null },
};
const refused: SshProbe = {
  knock: { kind: 'refused' },
  ssh: { port: 22, state: 'refused', banner: null, hostKey: null },
};
const silent: SshProbe = { knock: { kind: 'silent', code: '' }, ssh: null };

/** A prober that answers by address, and counts what is in flight. */
class FakeProber implements Prober {
  readonly asked: string[] = [];
  inFlight = 0;
  most = 0;
  readonly #answer: (address: string, times: number) => SshProbe;

  constructor(answer: (address: string, times: number) => SshProbe) {
    this.#answer = answer;
  }

  async ssh(address: string): Promise<SshProbe> {
    this.asked.push(address);
    await this.#count();
    return this.#answer(address, this.asked.filter((one) => one === address).length);
  }

  async agent(): Promise<null> {
    await this.#count();
    return null;
  }

  async #count(): Promise<void> {
    this.inFlight += 1;
    this.most = Math.max(this.most, this.inFlight);
    await new Promise((resolve) => setImmediate(resolve));
    this.inFlight -= 1;
  }
}

async function run(prober: Prober, options: Partial<SweepOptions> = {}) {
  const results: SweepResult[] = [];
  const outcome = await sweep({
    addresses,
    sshPort: 22,
    agentPort: 1234,
    prober,
    signal: new AbortController().signal,
    mayBeThere: () => false,
    onResult: (result) => results.push(result),
    onSilent: () => undefined,
    onAsked: () => undefined,
    ...options,
  });
  return { outcome, found: [...new Set(results.map(({ address }) => address))] };
}

describe('a sweep', () => {
  test('of 3 open, 2 refusing and 249 silent addresses finds 5 machines', async () => {
    const answers = new Map([1, 2, 3, 4, 5].map((n) => [`192.168.1.${n}`, n <= 3 ? open : refused]));
    const { outcome, found } = await run(new FakeProber((address) => answers.get(address) ?? silent));
    expect(found.toSorted()).toEqual([1, 2, 3, 4, 5].map((n) => `192.168.1.${n}`));
    expect(outcome).toMatchObject({ open: 3, refused: 2, silent: 249 });
  });

  test('keeps 64 probes in flight and never more, the agent’s included', async () => {
    const prober = new FakeProber(() => open);
    await run(prober);
    expect(prober.most).toBe(MOST_IN_FLIGHT);
    expect(MOST_IN_FLIGHT).toBe(64);
  });

  test('asks a silent machine once more when the neighbour table says that it is there', async () => {
    const sleepy = '192.168.1.77';
    const prober = new FakeProber((address, times) => (address === sleepy && times === 2 ? open : silent));
    const { found } = await run(prober, { mayBeThere: (address) => address === sleepy });
    expect(found).toEqual([sleepy]);
    expect(prober.asked).toHaveLength(255);
  });

  test('does not report a machine as silent whose agent answers, though its SSH port does not', async () => {
    const [agentOnly, gone] = ['192.168.1.7', '192.168.1.8'];
    const results: SweepResult[] = [];
    const silentOnes: string[] = [];
    const agent = { port: 1234, version: '1.0.0' };
    await run(
      {
        ssh: () => Promise.resolve(silent),
        agent: (address) => Promise.resolve(address === agentOnly ? { agent, name: 'lab' } : null),
      },
      {
        addresses: [agentOnly, gone],
        mayBeThere: () => true,
        onResult: (result) => results.push(result),
        onSilent: (address) => silentOnes.push(address),
      },
    );
    expect(results).toEqual([{ address: agentOnly, ssh: null, agent, name: 'lab' }]);
    expect(silentOnes).toEqual([gone]);
  });

  test('tells of a server that is still talking before it has said all', async () => {
    const told: (string | null | undefined)[] = [];
    const banner = 'SSH-2.0-OpenSSH_9.2p1';
    const ssh: SshSighting = { port: 22, state: 'open', banner: null, hostKey: null };
    await run(
      {
        agent: () => Promise.resolve(null),
        // Says nothing more until what it said first has been told.
        ssh: async (_, { onTalk }) => {
          onTalk?.(ssh);
          await expect.poll(() => told).toEqual([null]);
          onTalk?.({ ...ssh, banner });
          await expect.poll(() => told).toEqual([null, banner]);
          return { knock: { kind: 'open' }, ssh: { ...ssh, banner, hostKey: 'SHA256:x' } };
        },
      },
      { addresses: ['192.168.1.9'], onResult: (result) => told.push(result.ssh?.hostKey ?? result.ssh?.banner) },
    );
    expect(told).toEqual([null, banner, 'SHA256:x']);
  });

  test('stops at once when told to, and asks nothing more', async () => {
    const stop = new AbortController();
    const prober = new FakeProber(() => silent);
    const running = run(prober, {
      signal: stop.signal,
      onAsked: (asked) => {
        if (asked === 10) stop.abort();
      },
    });
    await expect(running).rejects.toMatchObject({ code: 'CANCELLED' });
    const then = prober.asked.length;
    expect(then).toBeLessThanOrEqual(10 + MOST_IN_FLIGHT);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(prober.asked).toHaveLength(then);
  });
});
