import * as v from 'valibot';
import type { AgentBundle } from '../agent-bundle.ts';
import { runtimeName, type PinnedRuntime } from '../runtime/pinned.ts';
import { announcement } from '../service/unit.ts';
import { settingsSchema, type AgentSettings } from '../settings.ts';
import type { NodeArchitecture } from '../architecture.ts';
import { folderWithPlaceholder, HOME_PLACEHOLDER, jinjaTemplate } from './jinja.ts';
import { argumentTemplates, HOME_EXPRESSION } from './unit-template.ts';
import { documentOf, literal, textOf } from './yaml.ts';

/** Debian's names of the architectures. */
const DEBIAN_NAMES: Readonly<Record<NodeArchitecture, string>> = {
  'linux-arm64': 'arm64',
  'linux-armv7l': 'armhf',
  'linux-x64': 'amd64',
};

export interface GroupVarsOptions {
  readonly bundle: AgentBundle;
  readonly settings: AgentSettings;
  readonly folder: string;
  readonly runtimes: readonly PinnedRuntime[];
  /** Who made the export: `ana@laptop`. */
  readonly who: string;
}

/** What the playbook installs, the same on every device, as YAML. */
export function groupVars({ bundle, settings, folder, runtimes, who }: GroupVarsOptions): string {
  const path = folderWithPlaceholder(folder);
  const document = documentOf({
    agent_folder: template(path),
    agent_way: wayTo(path).map(template),
    agent_content: {
      agentVersion: bundle.version,
      files: bundle.files.map(({ name, sha256 }) => ({ name, sha256 })),
      settings: v.parse(settingsSchema, settings),
      args: argumentTemplates(settings, folder),
      service: 'system',
    },
    agent_announcement: announcement(settings, bundle.version) ?? '',
    agent_runtimes: Object.fromEntries(
      runtimes.map((runtime) => [DEBIAN_NAMES[runtime.arch], { name: runtimeName(runtime), version: runtime.version }]),
    ),
    agent_deployed_by: literal(who),
  });
  document.commentBefore = [
    ' Written by Pi Workbench. Export again rather than change it: the release is named after all of it,',
    ' and the unit in templates/ holds the same settings.',
  ].join('\n');
  return textOf(document);
}

const template = (path: string): string => jinjaTemplate(path, HOME_EXPRESSION);

/** Each folder on the way to this one that may have to be made, the topmost first; the home folder is there. */
function wayTo(path: string): readonly string[] {
  const parts = path.split('/').filter((part) => part !== '');
  const all = parts.map((_part, index) => `/${parts.slice(0, index + 1).join('/')}`);
  return all.filter((one) => one !== HOME_PLACEHOLDER);
}
