import type { AgentBundle } from '../agent-bundle.ts';
import { NODE_SEARCH } from '../probe-script.ts';
import { UNPACK_RUNTIME } from '../runtime/bring-runtime.ts';
import { groupVars, type GroupVarsOptions } from './group-vars.ts';
import { inventory, INVENTORY_GROUP, type InventoryDevice } from './inventory.ts';
import askAgent from './playbook/ask-agent.cjs?raw';
import playbook from './playbook/deploy.yml?raw';
import releaseTemplate from './playbook/release.json.j2?raw';
import { readmeOf } from './readme.ts';
import { unitTemplate } from './unit-template.ts';

export interface AnsibleExport extends GroupVarsOptions {
  readonly bundle: AgentBundle;
  readonly devices: readonly InventoryDevice[];
}

/** A file of an export: its path in the folder, with `/`, and what it holds. */
export interface AnsibleFile {
  readonly path: string;
  readonly content: string | Uint8Array;
}

/** Every file of an export but the Nodes that it brings along, which are `files/<name>.gz`. Pure. */
export function ansibleFiles(wanted: AnsibleExport): readonly AnsibleFile[] {
  const { bundle, devices, settings, folder, runtimes } = wanted;
  const readme = { version: bundle.version, devices: devices.length, carriesNode: runtimes.length > 0 };
  return [
    { path: 'README.md', content: readmeOf(readme) },
    { path: 'inventory.yml', content: inventory(devices) },
    { path: 'deploy.yml', content: withUnixLineEnds(playbook) },
    { path: `group_vars/${INVENTORY_GROUP}.yml`, content: groupVars(wanted) },
    { path: 'templates/pi-workbench-led.service.j2', content: unitTemplate(settings, folder) },
    { path: 'templates/release.json.j2', content: withUnixLineEnds(releaseTemplate) },
    { path: 'files/ask-agent.cjs', content: withUnixLineEnds(askAgent) },
    { path: 'files/find-node.sh', content: FIND_NODE },
    { path: 'files/unpack-node.sh', content: UNPACK_RUNTIME.trimStart() },
    ...bundle.files.map(({ name, bytes }) => ({ path: `files/${name}`, content: bytes })),
  ];
}

/** Prints the version, the architecture and the path of the Node that the app would take; nothing where there is none. */
const FIND_NODE = `export LC_ALL=C
PATH="$PATH:/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin"
${NODE_SEARCH.trim()}
search >/dev/null && printf '%s\\n' "$a"
exit 0
`;

/** As in the repository, whatever Git made of them. */
function withUnixLineEnds(text: string): string {
  return text.replaceAll('\r\n', '\n');
}
