import type { Observable } from '../events/index.ts';

/** Who the agent lets in. `ssh-only` listens on the Pi's loopback only, so it is reached through the SSH tunnel. */
export type AgentAccess = 'ssh-only' | 'local' | 'token' | 'anyone';

/** How the agent of one device is reached, as it was deployed. */
export interface AgentEndpoint {
  /** TCP port of the LED commands. */
  readonly ledPort: number;
  /** TCP port of the echo service. */
  readonly echoPort: number;
  /** The LED's pin as a BCM (GPIO) number, the one the kernel uses. */
  readonly bcm: number;
  readonly access: AgentAccess;
  /** The secret for `AUTH` when `access` is `token`, otherwise null. It never leaves the main side. */
  readonly token: string | null;
}

/** Knows where the agents are. Implemented by the deployment, which put them there. */
export interface AgentEndpointLookup {
  /** Null when no agent is known on this device. */
  endpoint(deviceId: string): Promise<AgentEndpoint | null>;
  /** Gives a device's id whenever its agent came, went, or is reached otherwise than before. */
  readonly changes: Observable<string>;
}
