import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Carrier } from '../../../src-main/api/channel/index.ts';
import type { ConnectionState, ContractClient } from '../../../src-main/api/client.ts';
import { createContractClient } from '../../../src-main/api/create-client.ts';
import { serveContract } from '../../../src-main/api/server.ts';
import { AppError } from '../../../src-main/errors/index.ts';
import { carrierKinds, type Listening } from './carrier-kinds.ts';
import { createSample, type Sample, type SampleCalls, type SampleEvents } from './sample-contract.ts';

type SampleClient = ContractClient<SampleCalls, SampleEvents>;

describe.each(carrierKinds)('the contract over $name', (kind) => {
  let sample: Sample;
  let listening: Listening;
  let served: Carrier[];
  let clients: SampleClient[];

  beforeEach(async () => {
    sample = createSample();
    served = [];
    clients = [];
    listening = await kind.start((carrier) => {
      served.push(carrier);
      serveContract(sample, carrier);
    });
  });

  afterEach(async () => {
    for (const client of clients) client.close();
    await listening.stop();
  });

  async function connect(): Promise<SampleClient> {
    const client = createContractClient<SampleCalls, SampleEvents>(() => listening.open(), { retryMs: [5, 20] });
    clients.push(client);
    await vi.waitFor(() => expect(client.state).toBe('connected'));
    return client;
  }

  const failure = (call: Promise<unknown>): Promise<unknown> =>
    call.then(
      () => 'no failure',
      (thrown: unknown) => (thrown instanceof AppError ? thrown.toData() : thrown),
    );

  it('answers calls, each with its own result', async () => {
    const client = await connect();
    const results = await Promise.all([1, 2, 3].map((a) => client.call('add', { a, b: 10 })));
    expect(results).toEqual([11, 12, 13]);
  });

  it('brings an error across with its code, message, hint, cause and details', async () => {
    const client = await connect();
    const thrown = await client.call('refuse', {}).catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(AppError);
    expect((thrown as AppError).toData()).toEqual({
      code: 'HOST_KEY_CHANGED',
      message: 'The key changed.',
      hint: 'Check the SD card.',
      cause: 'Error: known_hosts:3',
      details: { before: 'SHA256:a', after: 'SHA256:b', line: 3, types: ['ed25519', null] },
    });
    expect(sample.unexpected).toEqual([]);
  });

  it('turns what a handler did not foresee into UNEXPECTED and tells the log', async () => {
    const client = await connect();
    expect(await failure(client.call('crash', {}))).toMatchObject({ code: 'UNEXPECTED', message: 'not thought of' });
    expect(sample.unexpected).toEqual(['crash: not thought of']);
  });

  it('answers with an error when the result cannot be carried, and goes on', async () => {
    const client = await connect();
    expect(await failure(client.call('uncarriable', {}))).toMatchObject({ code: 'UNEXPECTED' });
    expect(await client.call('add', { a: 1, b: 1 })).toBe(2);
  });

  it('refuses arguments of the wrong shape, naming the field, before any handler', async () => {
    const client = await connect();
    const wrong: readonly (readonly [args: unknown, field: string])[] = [
      [{ a: 'one', b: 1 }, 'a'],
      [{ a: 1.5, b: 1 }, 'a'],
      [{ a: 101, b: 1 }, 'a'],
      [{ a: 1 }, 'b'],
      [null, ''],
      ['text', ''],
    ];
    for (const [args, field] of wrong) {
      const error = await failure(client.call('add', args as { a: number; b: number }));
      expect(error).toMatchObject({ code: 'BAD_ARGUMENT', details: { call: 'add', field } });
    }
    const deep = { bytes: new Uint8Array(1), nested: [new Uint8Array(1), [1] as unknown as Uint8Array<ArrayBuffer>] };
    expect(await failure(client.call('mirror', deep))).toMatchObject({
      code: 'BAD_ARGUMENT',
      message: expect.stringContaining('nested.1') as string,
    });
    expect(sample.called).toEqual([]);
  });

  it('refuses calls that are not of the contract', async () => {
    const client = await connect();
    for (const name of ['nothing', 'constructor', '__proto__', 'toString']) {
      expect(await failure(client.call(name as 'add', { a: 1, b: 2 }))).toMatchObject({ code: 'UNKNOWN_CALL' });
    }
    expect(sample.called).toEqual([]);
  });

  it('keeps bytes as bytes', async () => {
    const client = await connect();
    const every = Uint8Array.from({ length: 256 }, (_, n) => n);
    const large = new Uint8Array(1024 * 1024).fill(0xa5);
    const nested: Uint8Array<ArrayBuffer>[] = [every.subarray(10, 20), new Uint8Array(0), large];
    const sent = { bytes: new Uint8Array(every), nested };
    const got = await client.call('mirror', sent);
    for (const bytes of [got.bytes, ...got.nested]) expect(bytes).toBeInstanceOf(Uint8Array);
    expect([got.bytes, ...got.nested].map((bytes) => Buffer.from(bytes).toString('hex'))).toEqual(
      [sent.bytes, ...sent.nested].map((bytes) => Buffer.from(bytes).toString('hex')),
    );
  });

  it('keeps plain data as it is', async () => {
    const client = await connect();
    const data = {
      text: 'grün ✓ \u0000',
      missing: undefined,
      nothing: null,
      numbers: [0, -1, 1.5, 2 ** 40, Number.MAX_SAFE_INTEGER, NaN, Infinity],
      samples: Float64Array.of(0.25, 1e300),
      deep: { list: [{ yes: true }, []] },
    };
    expect(await client.call('plain', data)).toEqual(data);
  });

  it('reports progress in order and before the result', async () => {
    const client = await connect();
    const seen: unknown[] = [];
    const counting = client.call('count', { to: 200 }, { onProgress: (n) => seen.push(n) });
    seen.push(await counting);
    expect(seen).toEqual([...Array.from({ length: 200 }, (_, n) => n + 1), 'counted to 200']);
  });

  it('keeps the progress of calls made at the same time apart', async () => {
    const client = await connect();
    const seen: Record<string, number[]> = { first: [], second: [] };
    await Promise.all([
      client.call('count', { to: 30 }, { onProgress: (n) => seen['first']?.push(n) }),
      client.call('count', { to: 40 }, { onProgress: (n) => seen['second']?.push(n) }),
    ]);
    expect([seen['first']?.length, seen['second']?.length]).toEqual([30, 40]);
  });

  it('delivers events to every page in the order sent', async () => {
    const pages = await Promise.all([connect(), connect()]);
    const heard = pages.map((page) => {
      const list: string[] = [];
      page.on('tick', (n) => list.push(`tick ${n}`));
      page.on('tock', (n) => list.push(`tock ${n}`));
      return list;
    });
    const resynced = vi.fn();
    for (const page of pages) page.onResync(resynced);
    const sent = Array.from({ length: 1000 }, (_, n) => ({ name: n % 3 === 0 ? 'tock' : 'tick', n }) as const);
    for (const { name, n } of sent) sample.publish(name, n);
    const expected = sent.map(({ name, n }) => `${name} ${n}`);
    await vi.waitFor(() => expect(heard.map((list) => list.length)).toEqual([1000, 1000]));
    expect(heard).toEqual([expected, expected]);
    expect(resynced).not.toHaveBeenCalled();
  });

  it('stops telling a listener that went away', async () => {
    const client = await connect();
    const heard: number[] = [];
    const stop = client.on('tick', (n) => heard.push(n));
    await client.call('count', { to: 2 });
    stop();
    await client.call('count', { to: 2 });
    expect(heard).toEqual([1, 2]);
  });

  it("cancels: the handler's signal is aborted and the call ends with CANCELLED", async () => {
    const client = await connect();
    const controller = new AbortController();
    const waiting = client.call('wait', {}, { signal: controller.signal });
    const other = client.call('wait', {});
    await vi.waitFor(() => expect(sample.called).toEqual(['wait', 'wait']));
    controller.abort();
    expect(await failure(waiting)).toMatchObject({ code: 'CANCELLED' });
    expect(sample.aborted).toEqual(['CANCELLED']);
    client.close();
    await failure(other);
  });

  it('says so when a cancel came too late', async () => {
    const client = await connect();
    const controller = new AbortController();
    const call = client.call('tooLate', {}, { signal: controller.signal });
    await vi.waitFor(() => expect(sample.called).toEqual(['tooLate']));
    controller.abort();
    expect(await call).toBe('done before it could stop');
  });

  it('never sends a call that was cancelled before', async () => {
    const client = await connect();
    expect(await failure(client.call('wait', {}, { signal: AbortSignal.abort() }))).toMatchObject({
      code: 'CANCELLED',
    });
    await client.call('add', { a: 1, b: 1 });
    expect(sample.called).toEqual(['add']);
  });

  it('connects again after a break, ends open calls with CONNECTION_LOST and asks to resync', async () => {
    const client = await connect();
    const states: ConnectionState[] = [];
    client.onState((state) => states.push(state));
    const resynced = vi.fn(() => states.push('connected'));
    client.onResync(resynced);
    const waiting = failure(client.call('wait', {}));
    await vi.waitFor(() => expect(sample.called).toEqual(['wait']));

    for (const carrier of served) carrier.close();

    expect(await waiting).toMatchObject({ code: 'CONNECTION_LOST' });
    expect(sample.aborted).toEqual(['CANCELLED']);
    expect(client.state).toBe('reconnecting');
    expect(await client.call('add', { a: 1, b: 2 })).toBe(3);
    expect(resynced).toHaveBeenCalledTimes(1);
    expect(states).toEqual(['reconnecting', 'connected', 'connected']);

    const heard: number[] = [];
    client.on('tick', (n) => heard.push(n));
    await client.call('count', { to: 3 });
    expect(heard).toEqual([1, 2, 3]);
    expect(resynced).toHaveBeenCalledTimes(1);
  });

  it("aborts a page's calls when the page goes away", async () => {
    const client = await connect();
    const waiting = failure(client.call('wait', {}));
    await vi.waitFor(() => expect(sample.called).toEqual(['wait']));
    client.close();
    await vi.waitFor(() => expect(sample.aborted).toEqual(['CANCELLED']));
    expect(client.state).toBe('closed');
    expect(await waiting).toMatchObject({ code: 'CONNECTION_LOST' });
    expect(await failure(client.call('add', { a: 1, b: 1 }))).toMatchObject({ code: 'CLOSED' });
  });

  it('closes on a message that is not of the protocol, and serves the other pages on', async () => {
    const good = await connect();
    const garbage: readonly unknown[] = [
      null,
      'text',
      42,
      { t: 'x' },
      { t: 'q', m: 1, a: [] },
      { t: 'q', m: 'call', a: 'not a list' },
      { t: 's' },
      { t: 'q', m: 'call', a: [], i: {} },
    ];
    for (const message of garbage) {
      const carrier = await listening.open();
      const closed = new Promise<void>((resolve) => carrier.onClose(resolve));
      carrier.send(message);
      await closed;
    }
    expect(await good.call('add', { a: 2, b: 2 })).toBe(4);
  });

  it('answers a far call of a function that is not offered with an error, whatever its name', async () => {
    for (const name of ['constructor', '__proto__', 'hasOwnProperty', 'progress']) {
      const carrier = await listening.open();
      const answer = new Promise<unknown>((resolve) => carrier.onMessage(resolve));
      carrier.send({ t: 'q', m: name, a: [], i: '1' });
      expect(await answer).toMatchObject({ t: 's', i: '1', e: expect.anything() as unknown });
      carrier.close();
    }
  });
});

describe('a client that cannot connect', () => {
  it('lets a call wait for the connection, and gives up with CONNECTION_LOST', async () => {
    const never = createContractClient<SampleCalls, SampleEvents>(() => Promise.reject(new Error('down')), {
      connectWaitMs: 30,
      retryMs: [5, 5],
    });
    expect(never.state).toBe('connecting');
    await expect(never.call('add', { a: 1, b: 1 })).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
    never.close();
  });

  it('ends a waiting call when it is cancelled', async () => {
    const never = createContractClient<SampleCalls, SampleEvents>(() => new Promise(() => undefined));
    const controller = new AbortController();
    const call = never.call('add', { a: 1, b: 1 }, { signal: controller.signal });
    controller.abort();
    await expect(call).rejects.toMatchObject({ code: 'CANCELLED' });
    never.close();
  });

  it('closes for good, saying why, when the session has ended', async () => {
    const open = vi.fn(() => Promise.reject(new AppError('SESSION_ENDED', 'Signed out.', { hint: 'Start again.' })));
    const client = createContractClient<SampleCalls, SampleEvents>(open);
    const call = client.call('add', { a: 1, b: 1 });
    await expect(call).rejects.toMatchObject({ code: 'SESSION_ENDED', hint: 'Start again.' });
    expect(client.state).toBe('closed');
    expect(client.problem).toMatchObject({ code: 'SESSION_ENDED' });
    expect(open).toHaveBeenCalledTimes(1);
  });

  it('closes a carrier that opens after the client was closed', async () => {
    const carrier = { send: vi.fn(), onMessage: vi.fn(), onClose: vi.fn(), close: vi.fn() };
    const client = createContractClient<SampleCalls, SampleEvents>(() => Promise.resolve(carrier));
    client.close();
    await vi.waitFor(() => expect(carrier.close).toHaveBeenCalled());
    expect(carrier.onMessage).not.toHaveBeenCalled();
  });
});
