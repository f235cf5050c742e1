import type { Activity } from '../../pi-agent/src/led-state.ts';
import type { AppErrorData } from '../errors/index.ts';
import type { AgentClients, AgentInfo } from './agent-info.ts';
import type { Route } from './dial.ts';

export type LedConnection =
  | { readonly kind: 'signed-out' }
  /** No agent is deployed on this device, as far as this app knows. */
  | { readonly kind: 'no-agent' }
  | { readonly kind: 'connecting' }
  | {
      readonly kind: 'connected';
      readonly route: Route;
      /** Why the straight way was not taken; empty when it was. */
      readonly note: string;
      /** Milliseconds since the epoch. */
      readonly since: number;
    }
  /** Broken; tried again at `retryAt` (milliseconds since the epoch). */
  | { readonly kind: 'waiting'; readonly error: AppErrorData; readonly retryAt: number };

/** The LED of one device as this app knows it. */
export interface LedSnapshot {
  readonly deviceId: string;
  /** Grows with each change of this snapshot. */
  readonly number: number;
  readonly connection: LedConnection;
  /** Read back from the pin; `unknown` while the agent is out of reach or cannot read it. */
  readonly level: 'on' | 'off' | 'unknown';
  /** Blinking or pulsing, as the agent says. */
  readonly activity: Activity;
  /** What the agent said of itself last; null until it did. */
  readonly agent: AgentInfo | null;
  /** Who is connected to it; null until it said so. */
  readonly clients: AgentClients | null;
  /** The words of this app's last order and of its reply, as they crossed the wire; null before the first. */
  readonly lastExchange: { readonly sent: string; readonly received: string } | null;
  /** Why the pin does not work although the agent answers; null when it works. */
  readonly pinProblem: AppErrorData | null;
}

/** What can be asked of the LED. Times are milliseconds. */
export type LedOrder =
  | { readonly kind: 'on' | 'off' | 'toggle' | 'status' | 'identify' }
  /** On and off for this long each. */
  | { readonly kind: 'blink'; readonly milliseconds: number }
  /** On for this long, then off. */
  | { readonly kind: 'pulse'; readonly milliseconds: number };

/** The order in the agent's words. */
export function commandOf(order: LedOrder): string {
  switch (order.kind) {
    case 'blink':
    case 'pulse':
      return `${order.kind.toUpperCase()} ${order.milliseconds}`;
    default:
      return order.kind.toUpperCase();
  }
}
