import { draftInterface, type InterfaceDraft } from '../model/draft.ts';
import type { NetworkInterface } from '../model/model.ts';
import { isEncapHead, readEncapBlock } from './ifconfig-encap.ts';
import { isFlagsHead, readFlagsBlock } from './ifconfig-flags.ts';

/** The text of one interface (or alias) as ifconfig printed it. */
export interface IfconfigBlock {
  readonly name: string;
  readonly text: string;
}

/** True for the first line of an interface in any of ifconfig's layouts. */
export function isIfconfigHead(line: string): boolean {
  return isFlagsHead(line) || isEncapHead(line);
}

/** Cuts the output of `ifconfig` into its interfaces, aliases such as `eth0:1` apart. */
export function ifconfigBlocks(text: string): readonly IfconfigBlock[] {
  return cut(text).map(({ name, lines }) => ({ name, text: lines.join('\n').trimEnd() }));
}

/**
 * Reads the output of `ifconfig` or `ifconfig -a`: net-tools in its old (`Link encap:`) and new (`flags=`) layout,
 * busybox, BSD and macOS, and translated labels. Aliases become further addresses of their interface.
 */
export function parseIfconfig(text: string): readonly NetworkInterface[] {
  const interfaces = new Map<string, InterfaceDraft>();
  for (const { name, lines } of cut(text)) {
    const draft = draftInterface(name);
    if (isFlagsHead(lines[0] ?? '')) readFlagsBlock(draft, lines);
    else readEncapBlock(draft, lines);
    addBlock(interfaces, draft);
  }
  return [...interfaces.values()];
}

function cut(text: string): readonly { readonly name: string; readonly lines: string[] }[] {
  const blocks: { name: string; lines: string[] }[] = [];
  for (const line of text.split(/\r?\n/)) {
    if (isIfconfigHead(line)) blocks.push({ name: headName(line), lines: [line] });
    else if (/^\s+\S/.test(line)) blocks.at(-1)?.lines.push(line);
  }
  return blocks;
}

function headName(line: string): string {
  return /^(\S+?):? +flags=/.exec(line)?.[1] ?? /^\S+/.exec(line)?.[0] ?? line;
}

/** net-tools prints each labelled address as a block of its own, named by the label. */
function addBlock(interfaces: Map<string, InterfaceDraft>, draft: InterfaceDraft): void {
  const base = interfaces.get(draft.name.split(':')[0] ?? '');
  if (!base || !draft.name.includes(':')) {
    interfaces.set(draft.name, draft);
    return;
  }
  base.addresses.push(...draft.addresses.map((address) => ({ ...address, label: draft.name })));
  base.problems.push(...draft.problems);
}
