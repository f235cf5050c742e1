import type { AgentEndpointLookup } from '../../led/index.ts';
import type { TargetLookup } from '../../target/target.ts';

/** Where the agent of a device one is signed in to can be talked to by hand. */
export interface AgentPorts {
  readonly deviceId: string;
  /** What a connection is opened to: the device's address, or its own loopback when the tunnel carries it. */
  readonly host: string;
  readonly ledPort: number;
  readonly echoPort: number;
  /** The device whose SSH connection has to carry it, or null when the ports are reached straight. */
  readonly through: string | null;
  /** Whether the agent asks for `AUTH` first. */
  readonly needsToken: boolean;
}

/** The agents of these devices, as far as one is signed in to them and they have one. */
export async function agentPorts(
  deviceIds: readonly string[],
  targets: TargetLookup,
  endpoints: AgentEndpointLookup,
): Promise<AgentPorts[]> {
  const found = await Promise.all(
    deviceIds.map(async (deviceId): Promise<AgentPorts | null> => {
      const target = targets.find(deviceId);
      const endpoint = target && (await endpoints.endpoint(deviceId));
      if (!target || !endpoint) return null;
      const { ledPort, echoPort, access } = endpoint;
      const tunnelled = target.kind === 'ssh' && access === 'ssh-only';
      const way = tunnelled ? { host: '127.0.0.1', through: deviceId } : { host: target.address, through: null };
      return { deviceId, ...way, ledPort, echoPort, needsToken: access === 'token' };
    }),
  );
  return found.filter((one) => one !== null);
}
