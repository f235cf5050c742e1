import { createBirpc } from 'birpc';
import type { AppErrorData } from '../../errors/index.ts';
import type { Carrier } from './carrier.ts';

/** How a call ended, as data: an `Error` would lose its fields on the way. */
export type Outcome =
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: AppErrorData };

/** What a page asks of the main side. */
export interface ServerFunctions {
  call(id: number, name: string, args: unknown): Promise<Outcome>;
  cancel(id: number): void;
}

/** What the main side tells a page. */
export interface PageFunctions {
  progress(id: number, value: unknown): void;
  /** `n` counts the events of one connection from 1 without a gap. */
  event(n: number, name: string, payload: unknown): void;
}

/** The longest name of a far function: a message with a longer one is not from this app. */
const LONGEST_METHOD = 40;

/**
 * Remote calls over a carrier, matched to their answers by birpc. `local` answers the far side; its functions must not
 * raise. Ends with the carrier: calls still open are rejected with `lost()`.
 */
export function openLink<Remote extends object, Local extends object>(
  carrier: Carrier,
  local: Local,
  lost: () => Error,
) {
  const rpc = createBirpc<Remote, Local, false>(local, {
    proxify: false,
    // Calls last as long as their work: a deployment takes minutes, and each can be cancelled.
    timeout: -1,
    resolver: (name, found) => (Object.hasOwn(local, name) ? found : undefined),
    post: (message: unknown) => post(carrier, message),
    on: (receive) => {
      carrier.onMessage((message) => {
        if (isRpcMessage(message)) receive(message);
        else carrier.close();
      });
    },
  });
  carrier.onClose(() => rpc.$close(lost()));
  return rpc;
}

/** An answer that cannot be carried becomes an error, so that its call ends. */
function post(carrier: Carrier, message: unknown): void {
  try {
    carrier.send(message);
  } catch (thrown) {
    if (!isRpcMessage(message) || message.t !== 's') throw thrown;
    const error: AppErrorData = {
      code: 'UNEXPECTED',
      message: 'The answer could not be sent to this page.',
      hint: 'Copy the details and report this: the app did not expect it.',
      cause: String(thrown),
    };
    carrier.send({ t: 's', i: message.i, r: { ok: false, error } satisfies Outcome });
  }
}

interface RpcMessage {
  readonly t: 'q' | 's';
  readonly i?: unknown;
}

function isRpcMessage(message: unknown): message is RpcMessage {
  if (typeof message !== 'object' || message === null) return false;
  const { t, m, a, i } = message as { t?: unknown; m?: unknown; a?: unknown; i?: unknown };
  if (i !== undefined && typeof i !== 'string') return false;
  if (t === 's') return i !== undefined;
  return t === 'q' && typeof m === 'string' && m.length <= LONGEST_METHOD && Array.isArray(a);
}
