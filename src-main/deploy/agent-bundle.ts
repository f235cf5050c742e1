import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { AppError } from '../errors/index.ts';
import { MANAGER_TEXT } from './manager/index.ts';

/** A file of a release, as it is on the device. */
export interface BundleFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Lower-case hex. */
  readonly sha256: string;
}

/** The agent as this app carries it. */
export interface AgentBundle {
  readonly version: string;
  readonly files: readonly BundleFile[];
  readonly bytes: number;
}

/** Reads and checks the bundled agent. Raises `BUNDLE_MISSING` and `BUNDLE_DAMAGED`. */
export async function readAgentBundle(agentFile: string): Promise<AgentBundle> {
  let agent: Buffer;
  try {
    agent = await readFile(agentFile);
  } catch (thrown) {
    throw new AppError('BUNDLE_MISSING', 'The agent that comes with this app cannot be read.', {
      hint: 'Install the app again, or run "npm run build:agent" in a clone of it.',
      cause: thrown,
    });
  }
  return bundleOf(agent);
}

/** The bundle of an agent's file, after a look at what it holds. */
export function bundleOf(agent: Uint8Array): AgentBundle {
  const files = [asFile('led-agent.cjs', agent), asFile('led-manager.cjs', Buffer.from(MANAGER_TEXT))];
  for (const { name, bytes } of files) {
    // A carriage return comes from a Windows checkout: "#!" then names a program that does not exist.
    if (bytes.includes(0x0d)) throw damaged(`${name} has Windows line ends`);
  }
  const version = /^\/\/ Pi Workbench LED agent (\S+)$/m.exec(Buffer.from(agent.subarray(0, 400)).toString())?.[1];
  if (version === undefined) throw damaged('its first lines name no version');
  return { version, files, bytes: files.reduce((sum, { bytes }) => sum + bytes.length, 0) };
}

function asFile(name: string, bytes: Uint8Array): BundleFile {
  return { name, bytes, sha256: createHash('sha256').update(bytes).digest('hex') };
}

function damaged(cause: string): AppError {
  return new AppError('BUNDLE_DAMAGED', 'The agent that comes with this app is damaged, so it is not sent.', {
    hint: 'Install the app again, or run "npm run build:agent" in a clone of it.',
    cause,
  });
}
