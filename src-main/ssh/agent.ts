import { access } from 'node:fs/promises';
import ssh2 from 'ssh2';
import { AppError } from '../errors/index.ts';

const WINDOWS_AGENT = '\\\\.\\pipe\\openssh-ssh-agent';
const ANSWER_MS = 5_000;

/** Where an ssh-agent may listen. */
export interface AgentPlace {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The socket or pipe of the user's ssh-agent, or null when there is none. */
export async function findAgent({ platform, env }: AgentPlace): Promise<string | null> {
  const socket = env['SSH_AUTH_SOCK'];
  if (socket) return socket;
  if (platform !== 'win32') return null;
  return access(WINDOWS_AGENT).then(
    () => WINDOWS_AGENT,
    () => null,
  );
}

/** How many keys the agent holds. Raises `AGENT_MISSING`, `AGENT_UNREACHABLE` and `AGENT_EMPTY`. */
export async function checkAgent(socket: string | null): Promise<{ readonly socket: string; readonly keys: number }> {
  if (socket === null) {
    throw new AppError('AGENT_MISSING', 'No ssh-agent is running for this session.', {
      hint: 'Start one with: eval "$(ssh-agent)" && ssh-add, then start Pi Workbench from the same terminal.',
    });
  }
  const keys = await countKeys(socket);
  if (keys > 0) return { socket, keys };
  throw new AppError('AGENT_EMPTY', 'The ssh-agent holds no key.', { hint: 'Add one with: ssh-add ~/.ssh/id_ed25519' });
}

function countKeys(socket: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown): void => {
      reject(
        new AppError('AGENT_UNREACHABLE', 'The ssh-agent does not answer.', {
          hint: `It is expected at ${socket}. Start it again, then start Pi Workbench from the same terminal.`,
          cause,
        }),
      );
    };
    const timer = setTimeout(() => fail(new Error(`No answer within ${ANSWER_MS / 1000} s.`)), ANSWER_MS);
    ssh2.createAgent(socket).getIdentities((error, keys) => {
      clearTimeout(timer);
      if (error) fail(error);
      else resolve(keys?.length ?? 0);
    });
  });
}
