import { Scalar, YAMLMap } from 'yaml';
import { documentOf, literal, textOf } from './yaml.ts';

/** A device as an inventory names it. */
export interface InventoryDevice {
  /** What the user calls it. */
  readonly label: string;
  /** Host name or address. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Path of a private key on this computer, or null. */
  readonly keyPath: string | null;
}

export const INVENTORY_GROUP = 'pi_workbench';

/** Names that mean something else in an inventory. */
const RESERVED = ['all', 'ungrouped', 'localhost', INVENTORY_GROUP];

/** The devices as an inventory in YAML; without secrets. Each is named after its label, which stands above it. */
export function inventory(devices: readonly InventoryDevice[]): string {
  const names = inventoryNames(devices.map(({ label }) => label));
  const hosts = new YAMLMap<Scalar, unknown>();
  const document = documentOf({ [INVENTORY_GROUP]: { hosts } });
  devices.forEach((device, index) => {
    const name = new Scalar(names[index]);
    // A line break of any kind would end the comment, and Ansible refuses a file with control characters.
    name.commentBefore = ` ${device.label.replace(/[\p{C}\p{Z}]+/gu, ' ')}`;
    hosts.set(name, document.createNode(variablesOf(device)));
  });
  return textOf(document);
}

function variablesOf({ host, port, user, keyPath }: InventoryDevice): Readonly<Record<string, unknown>> {
  return {
    ansible_host: literal(host),
    ansible_port: port,
    ansible_user: literal(user),
    ...(keyPath === null ? {} : { ansible_ssh_private_key_file: literal(keyPath) }),
  };
}

/**
 * Each label as a name that an inventory takes, all of them different. A colon or a bracket would make a range or a port
 * of it, a comma a list.
 */
export function inventoryNames(labels: readonly string[]): readonly string[] {
  const taken = new Set(RESERVED);
  return labels.map((label) => {
    const name = plainName(label);
    let free = name;
    for (let number = 2; taken.has(free); number += 1) free = `${name}-${number}`;
    taken.add(free);
    return free;
  });
}

function plainName(label: string): string {
  const plain = label
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9._]+/g, '-')
    .replace(/^[-._]+|[-._]+$/g, '');
  return plain === '' ? 'pi' : plain;
}
