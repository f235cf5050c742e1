import type { AgentBundle } from './agent-bundle.ts';
import type { TargetFacts } from './facts.ts';
import { layoutOf } from './installation.ts';
import { makeRelease, RELEASE_PLACEHOLDER, type Release, type ReleaseContent } from './release.ts';
import { chooseRuntime, type RuntimeChoice } from './runtime/choice.ts';
import { runtimeName } from './runtime/pinned.ts';
import { chooseService } from './service/choice.ts';
import { agentArguments, announcement, systemUnit, userUnit } from './service/unit.ts';
import type { DeployOptions } from './settings.ts';

export interface PlanContext {
  readonly facts: TargetFacts;
  readonly options: DeployOptions;
  readonly bundle: AgentBundle;
  /** Milliseconds since the epoch, and who deploys (`ana@laptop`). */
  readonly by: { readonly at: number; readonly who: string };
}

/** What is to be on the device in the end. Pure. Raises what `chooseRuntime` and `chooseService` find wrong. */
export function planRelease({ facts, options, bundle, by }: PlanContext): Release {
  const runtime = chooseRuntime(facts);
  const { kind, problem } = chooseService(facts, options.service);
  if (problem) throw problem;
  const layout = layoutOf(facts.folder.path);
  const content: ReleaseContent = {
    agentVersion: bundle.version,
    files: bundle.files.map(({ name, sha256 }) => ({ name, sha256 })),
    settings: options.settings,
    args: agentArguments(options.settings, layout.token),
    service: kind,
    runtime: {
      node: runtime.node,
      version: runtime.version,
      carried: runtime.carried === null ? null : runtimeName(runtime.carried),
    },
    unit: kind === 'plain' ? null : unitText(kind, runtime, facts, options),
    avahi: kind === 'system' && facts.avahi.hasFolder ? announcement(options.settings, bundle.version) : null,
  };
  return makeRelease(content, by);
}

function unitText(
  kind: 'system' | 'user',
  runtime: RuntimeChoice,
  facts: TargetFacts,
  { settings }: DeployOptions,
): string {
  const { path } = facts.folder;
  const layout = layoutOf(path);
  const command = {
    node: runtime.node,
    agentFile: `${layout.release(RELEASE_PLACEHOLDER)}/led-agent.cjs`,
    tokenFile: layout.token,
    settings,
  };
  if (kind === 'user') return userUnit(command);
  const gpioGroup = facts.gpioGroupExists ? 'gpio' : null;
  return systemUnit({ ...command, user: facts.account.user ?? 'root', gpioGroup, folder: path });
}
