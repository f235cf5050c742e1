import { systemCode } from '../../errors/index.ts';
import { describeProblem, hostAndPort, type Problem } from '../problem/index.ts';
import { findFreePort } from './free-port.ts';

const PORT_TAKEN: readonly string[] = ['EADDRINUSE', 'EACCES', 'EPERM'];

/** Why a port cannot be listened on, with a port near it that is free where another port would help. */
export async function describeListenProblem(
  thrown: unknown,
  at: { readonly transport: 'tcp' | 'udp'; readonly host: string; readonly port: number },
): Promise<Problem> {
  const another = PORT_TAKEN.includes(systemCode(thrown) ?? '');
  const freePort = another ? await findFreePort(at.transport, at.host, at.port) : null;
  return describeProblem(thrown, { during: 'listen', where: hostAndPort(at.host, at.port), port: at.port, freePort });
}
