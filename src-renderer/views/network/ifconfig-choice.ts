import { ifconfigBlocks, renderIfconfig, type NetworkSnapshot } from '../../../src-main/api/network.ts';

export interface IfconfigChoice {
  /** What is typed after `ifconfig`: an interface, or `-a`. */
  readonly argument: string;
  readonly text: string;
  /** False when the machine has no such interface and ifconfig says so. */
  readonly found: boolean;
}

/** The interfaces the course types; what ifconfig answers on a machine without them is worth knowing too. */
const COURSE_INTERFACES = ['eth0', 'wlan0'];

/** What `ifconfig NAME` prints for each interface, and `ifconfig -a`: the machine's own text where it gave one. */
export function ifconfigChoices({ ifconfigText, interfaces }: NetworkSnapshot): readonly IfconfigChoice[] {
  const all = ifconfigText ?? renderIfconfig(interfaces).trimEnd();
  const blocks = ifconfigBlocks(all);
  const names = [...new Set([...COURSE_INTERFACES, ...blocks.map(({ name }) => name)])];
  const one = names.map((name): IfconfigChoice => {
    const block = blocks.find((candidate) => candidate.name === name);
    return block
      ? { argument: name, text: block.text, found: true }
      : { argument: name, text: `${name}: error fetching interface information: Device not found`, found: false };
  });
  return [...one, { argument: '-a', text: all, found: true }];
}
