import { layoutOf } from '../installation.ts';
import { RELEASE_PLACEHOLDER } from '../release.ts';
import { agentArguments, systemUnit } from '../service/unit.ts';
import type { AgentSettings } from '../settings.ts';
import { HOME_PLACEHOLDER, folderWithPlaceholder, jinjaTemplate } from './jinja.ts';

const USER = '@USER@';
const NODE = '/@NODE@';
/** A Node in somebody's home folder, which the unit has to make visible. */
const NODE_IN_HOME = '/home/@PREFIX@/bin/@NODE@';
const PREFIX_IN_HOME = '/home/@PREFIX@';

/**
 * The unit of the system as a Jinja template: `systemUnit` writes it with placeholders, once for each case that only the
 * device can tell, and what differs becomes a condition. Placeholders are made of characters that a unit does not quote,
 * and so must be what comes in their place.
 */
export function unitTemplate(settings: AgentSettings, folder: string): string {
  const whole = unitLines(settings, folder, { node: NODE_IN_HOME, gpioGroup: 'gpio' });
  const withoutGroup = unitLines(settings, folder, { node: NODE_IN_HOME, gpioGroup: null });
  const outsideHome = unitLines(settings, folder, { node: NODE, gpioGroup: 'gpio' }).map((line) =>
    line.replaceAll(NODE, NODE_IN_HOME),
  );
  return withConditions(whole, [
    { condition: 'agent_has_gpio_group', otherwise: withoutGroup },
    { condition: 'agent_node_is_in_home', otherwise: outsideHome },
  ])
    .map((line) => `${line}\n`)
    .join('');
}

/** The command line of the agent, as templates. */
export function argumentTemplates(settings: AgentSettings, folder: string): string[] {
  const { token } = layoutOf(folderWithPlaceholder(folder));
  return agentArguments(settings, token).map((word) => jinjaTemplate(word, HOME_EXPRESSION));
}

export const HOME_EXPRESSION = { [HOME_PLACEHOLDER]: 'ansible_facts.user_dir' };

const EXPRESSIONS = {
  [NODE_IN_HOME]: 'agent_node',
  [PREFIX_IN_HOME]: 'agent_node | dirname | dirname',
  ...HOME_EXPRESSION,
  [RELEASE_PLACEHOLDER]: 'agent_id',
  [USER]: 'ansible_facts.user_id',
};

function unitLines(
  settings: AgentSettings,
  folder: string,
  given: { readonly node: string; readonly gpioGroup: string | null },
): readonly string[] {
  const layout = layoutOf(folderWithPlaceholder(folder));
  return systemUnit({
    ...given,
    agentFile: `${layout.release(RELEASE_PLACEHOLDER)}/led-agent.cjs`,
    tokenFile: layout.token,
    settings,
    user: USER,
    folder: layout.folder,
  })
    .trimEnd()
    .split('\n');
}

interface Alternative {
  /** Name of a variable that is true where the whole text is right. */
  readonly condition: string;
  readonly otherwise: readonly string[];
}

/** The lines as a template in which each alternative replaces the stretch that differs from it. */
function withConditions(whole: readonly string[], alternatives: readonly Alternative[]): readonly string[] {
  const template = (lines: readonly string[]): string[] => lines.map((line) => jinjaTemplate(line, EXPRESSIONS));
  const stretches = alternatives
    .map(({ condition, otherwise }) => ({ condition, otherwise, ...difference(whole, otherwise) }))
    .sort((a, b) => a.from - b.from);
  const lines: string[] = [];
  let at = 0;
  for (const { condition, otherwise, from, endingLines } of stretches) {
    const to = whole.length - endingLines;
    const other = template(otherwise.slice(from, otherwise.length - endingLines));
    lines.push(...template(whole.slice(at, from)), `{% if ${condition} %}`, ...template(whole.slice(from, to)));
    lines.push(...(other.length === 0 ? [] : ['{% else %}', ...other]), '{% endif %}');
    at = to;
  }
  return [...lines, ...template(whole.slice(at))];
}

/** Where two texts begin to differ, and how many lines at their end are the same again. */
function difference(
  a: readonly string[],
  b: readonly string[],
): { readonly from: number; readonly endingLines: number } {
  const shorter = Math.min(a.length, b.length);
  let from = 0;
  while (from < shorter && a[from] === b[from]) from += 1;
  let endingLines = 0;
  while (endingLines < shorter - from && a.at(-1 - endingLines) === b.at(-1 - endingLines)) endingLines += 1;
  return { from, endingLines };
}
