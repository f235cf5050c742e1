import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { bundleOf } from '../../../src-main/deploy/agent-bundle.ts';
import { ansibleFiles, type AnsibleExport } from '../../../src-main/deploy/ansible/files.ts';
import { inventory, inventoryNames } from '../../../src-main/deploy/ansible/inventory.ts';
import { jinjaText } from '../../../src-main/deploy/ansible/jinja.ts';
import { unitTemplate } from '../../../src-main/deploy/ansible/unit-template.ts';
import { planRelease } from '../../../src-main/deploy/plan.ts';
import { PINNED_RUNTIMES } from '../../../src-main/deploy/runtime/pinned.ts';
import { ACCESS_MODES, DEFAULT_OPTIONS } from '../../../src-main/deploy/settings.ts';
import { factsWith } from './facts.ts';

const bundle = bundleOf(Buffer.from('#!/usr/bin/env node\n// Pi Workbench LED agent 1.2.3\n'));
const device = { label: 'Desk', host: '192.168.1.44', port: 22, user: 'pi', keyPath: null };
const { settings, folder } = DEFAULT_OPTIONS;

function exported(change: Partial<AnsibleExport> = {}): ReadonlyMap<string, string> {
  const files = ansibleFiles({
    bundle,
    devices: [device],
    settings,
    folder,
    runtimes: [],
    who: 'ana@laptop',
    ...change,
  });
  return new Map(files.map(({ path, content }) => [path, Buffer.from(content).toString()]));
}

/** YAML as Ansible reads it. */
const read = (text: string | undefined): unknown =>
  parse(text ?? '', { version: '1.1', customTags: [{ tag: '!unsafe', resolve: (value: string) => value }] });

/** What Jinja makes of a template with plain variables, one level of conditions, and `dirname`. */
function render(template: string, variables: Readonly<Record<string, string | boolean>>): string {
  const lines: string[] = [];
  let shown: boolean | null = null;
  for (const line of template.split('\n')) {
    const condition = /^\{% if (\w+) %\}$/.exec(line)?.[1];
    if (condition !== undefined) shown = variables[condition] === true;
    else if (line === '{% else %}') shown = shown === false;
    else if (line === '{% endif %}') shown = null;
    else if (shown !== false) lines.push(line.replace(/\{\{ (.+?) \}\}/g, (_all, words: string) => valueOf(words)));
  }
  return lines.join('\n');

  function valueOf(expression: string): string {
    if (expression === "'{'") return '{';
    const [name = '', ...filters] = expression.split(' | ');
    return filters.reduce((path) => path.replace(/\/[^/]*$/, ''), String(variables[name]));
  }
}

describe('the inventory of an export', () => {
  it('names each device after its label, with what Ansible needs to sign in', () => {
    const text = inventory([device, { ...device, label: 'Door', port: 2222, keyPath: '/home/ana/.ssh/door' }]);
    expect(text).toBe(
      `pi_workbench:
  hosts:
    # Desk
    desk:
      ansible_host: "192.168.1.44"
      ansible_port: 22
      ansible_user: "pi"
    # Door
    door:
      ansible_host: "192.168.1.44"
      ansible_port: 2222
      ansible_user: "pi"
      ansible_ssh_private_key_file: "/home/ana/.ssh/door"
`,
    );
  });

  it.each([
    ['raspberrypi.local', 'raspberrypi.local'],
    ["Ana's Pi: #3 [desk]", 'ana-s-pi-3-desk'],
    ['Fenêtre Süd', 'fenetre-sud'],
    ['fe80::1%eth0', 'fe80-1-eth0'],
    ['pi[1:3]', 'pi-1-3'],
    ['{{ 7 * 7 }}', '7-7'],
    ['--help', 'help'],
    ['ラズパイ', 'pi'],
    ['all', 'all-2'],
    ['localhost', 'localhost-2'],
  ])('makes of the label %j the name %j', (label, name) => {
    expect(inventoryNames([label])).toEqual([name]);
  });

  it('gives devices of the same label different names, whatever is free', () => {
    expect(inventoryNames(['Pi', 'pi', 'pi-2', 'ö', 'o'])).toEqual(['pi', 'pi-2', 'pi-2-2', 'o', 'o-2']);
  });

  it.each([
    'on',
    'no',
    '12:30:45',
    '0x10',
    '2001-01-01',
    '1_000',
    '~',
    '',
    '=',
    '<<',
    'a: b',
    "it's",
    '#x',
    '- x',
    '{{ x }}',
  ])('keeps the user name %j a text, though Ansible reads YAML 1.1', (user) => {
    const hosts = { desk: { ansible_host: '192.168.1.44', ansible_port: 22, ansible_user: user } };
    const text = inventory([{ ...device, user }]);
    expect(read(text)).toEqual({ pi_workbench: { hosts } });
    expect(text).toContain(`"${user}"\n`);
  });

  it('never lets a text of a device be a template', () => {
    expect(inventory([{ ...device, user: '{{ x }}' }])).toContain('ansible_user: !unsafe "{{ x }}"');
  });

  it('keeps a label in its comment, whatever breaks its lines', () => {
    const text = inventory([{ ...device, label: 'Desk\r\nall:\u0085 {}\u2028x\0' }]);
    expect(text).toContain('    # Desk all: {} x \n    desk-all-x:\n');
  });

  it('has a host for each device, in their order, whatever they are called', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { maxLength: 8 }), (labels) => {
        const text = inventory(labels.map((label) => ({ ...device, label })));
        const { pi_workbench } = read(text) as { pi_workbench: { hosts: Record<string, unknown> } };
        const names = inventoryNames(labels);
        expect(Object.keys(pi_workbench.hosts).sort()).toEqual([...names].sort());
        for (const name of names) expect(name).toMatch(/^[a-z0-9][a-z0-9._-]*$/);
      }),
    );
  });
});

describe('what an export installs', () => {
  const NVM = '/home/pi/.nvm/versions/node/v20.11.0/bin/node';
  const cases = [
    ['as it is by default', {}, folder, {}],
    ...ACCESS_MODES.map((access) => [`with access ${access}`, { access }, folder, {}] as const),
    ['with the level kept', { keepLevelOnExit: true }, folder, {}],
    ['without a group for the pins', {}, folder, { 'gpio-group': '' }],
    ['without avahi', {}, folder, { avahi: '' }],
    ['with the Node of nvm', {}, folder, { node: `${NVM}\t0\tv20.11.0\tarm64\t${NVM}` }],
    ['with a Node brought along', {}, folder, { node: '', gzip: '/usr/bin/gzip', libc: 'glibc 2.36' }],
    ['in another folder', {}, '/opt/led {{ agent }}', {}],
    ['in a folder of the home folder with a blank', {}, '~/My LED', {}],
    ['in a folder written with more slashes than it needs', { access: 'token' }, '~/a//led/', {}],
  ] as const;

  it.each(cases)('is the release that the app would deploy, %s', (_name, change, where, answers) => {
    const path = where.replace('~', '/home/pi');
    const facts = factsWith({ avahi: 'folder', folder: path, ...answers });
    const options = { ...DEFAULT_OPTIONS, folder: where, settings: { ...settings, ...change } };
    const { id, runtime, unit, avahi } = planRelease({ facts, options, bundle, by: { at: 0, who: '' } });

    const files = exported({ ...options, runtimes: [PINNED_RUNTIMES['linux-arm64']] });
    const variables = {
      'ansible_facts.user_dir': '/home/pi',
      'ansible_facts.user_id': 'pi',
      agent_node: runtime.node,
      agent_id: '@RELEASE@',
      agent_has_gpio_group: facts.gpioGroupExists,
      agent_node_is_in_home: runtime.node === NVM,
    };
    const group = read(render(files.get('group_vars/pi_workbench.yml') ?? '', variables)) as GroupVars;
    const rendered = render(files.get('templates/pi-workbench-led.service.j2') ?? '', variables);
    expect(rendered).toBe(unit);
    expect(group.agent_folder).toBe(path);

    const announced = facts.avahi.hasFolder && group.agent_announcement !== '';
    expect(announced ? group.agent_announcement : null).toBe(avahi);
    const content = { ...group.agent_content, runtime, unit: rendered, avahi };
    const digest = createHash('sha256').update(JSON.stringify(content)).digest('hex');
    expect(`1.2.3-${digest.slice(0, 8)}`).toBe(id);
    if (runtime.carried !== null) {
      expect(group.agent_runtimes).toEqual({ arm64: { name: runtime.carried, version: runtime.version } });
    }
  });

  it('notes each folder that may have to be made, from the top', () => {
    const way = (where: string): unknown =>
      (read(exported({ folder: where }).get('group_vars/pi_workbench.yml')) as GroupVars).agent_way;
    const home = '{{ ansible_facts.user_dir }}';
    expect(way(folder)).toEqual([`${home}/.local`, `${home}/.local/share`, `${home}/.local/share/pi-workbench`]);
    expect(way('/opt/led')).toEqual(['/opt', '/opt/led']);
  });

  it('is done with modules of ansible.builtin alone', () => {
    const [play] = read(exported().get('deploy.yml')) as [{ tasks: readonly Task[] }];
    const modules = new Set(play.tasks.flatMap(modulesOf));
    expect([...modules].filter((name) => !name.startsWith('ansible.builtin.'))).toEqual([]);
    expect(modules).toContain('ansible.builtin.systemd');
  });

  it('is told by a README that names the devices it is for and brings no secret', () => {
    const text = [...exported().values()].join('\n');
    expect(exported().get('README.md')).toContain('ansible-playbook -i inventory.yml deploy.yml\n');
    expect(text).not.toMatch(/ansible_(?:ssh_)?pass|ansible_become_pass/);
  });
});

it('turns no text into a template', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('{', '}', '%', '#', ' ', 'a') }), (text) => {
      expect(jinjaText(text).replaceAll("{{ '{' }}", '')).not.toMatch(/\{[{%#]/);
      expect(render(jinjaText(text), {})).toBe(text);
    }),
  );
});

it('makes a unit with the two conditions that only the device can tell', () => {
  const lines = unitTemplate(settings, folder).split('\n');
  expect(lines.filter((line) => line.startsWith('{%'))).toEqual([
    '{% if agent_has_gpio_group %}',
    '{% endif %}',
    '{% if agent_node_is_in_home %}',
    '{% else %}',
    '{% endif %}',
  ]);
});

interface GroupVars {
  readonly agent_folder: string;
  readonly agent_way: readonly string[];
  readonly agent_content: Readonly<Record<string, unknown>>;
  readonly agent_announcement: string;
  readonly agent_runtimes: unknown;
}

interface Task {
  readonly block?: readonly Task[];
  readonly rescue?: readonly Task[];
}

const KEYWORDS = [
  ...['name', 'when', 'loop', 'loop_control', 'register', 'changed_when', 'failed_when', 'check_mode', 'become'],
  ...['diff', 'vars', 'until', 'retries', 'delay', 'no_log', 'run_once', 'block', 'rescue'],
];

function modulesOf(task: Task): string[] {
  const own = Object.keys(task).filter((key) => !KEYWORDS.includes(key));
  return [...own, ...[...(task.block ?? []), ...(task.rescue ?? [])].flatMap(modulesOf)];
}
