import { LOWEST_NODE } from '../settings.ts';

/** The file that tells what to do with an export. */
export function readmeOf({
  version,
  devices,
  carriesNode,
}: {
  readonly version: string;
  readonly devices: number;
  readonly carriesNode: boolean;
}): string {
  return `# LED agent ${version} for ${devices === 1 ? '1 device' : `${devices} devices`}

Written by Pi Workbench. With Ansible 2.14 or newer on this computer, in this folder:

    ansible-playbook -i inventory.yml deploy.yml --check --diff
    ansible-playbook -i inventory.yml deploy.yml

The first only tells what would change. Run again, the second changes nothing.

- Add \`--ask-pass\` where you sign in with a password (it needs the program sshpass), and \`--ask-become-pass\` where
  sudo asks for one. No password is in these files.
- Each device needs Python 3, which Raspberry Pi OS has, and ${nodeWords(carriesNode)}
- An agent that does not answer is taken out again, and the one before it runs as before.
- In Pi Workbench the devices then look as if it had deployed to them itself. Its "Uninstall" removes everything.
- To change the pin, a port or who may connect, export again.

Ansible keeps an empty folder of its own on each device: ~/.ansible.
`;
}

function nodeWords(carriesNode: boolean): string {
  const installed = `Node.js ${LOWEST_NODE} or newer`;
  return carriesNode
    ? `uses its own ${installed}; where there is none, the one in files/ is brought along.`
    : `${installed}.`;
}
