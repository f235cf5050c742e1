import { fiveWords, findingsOf, gatewaysOf, orderInterfaces, type NetworkSnapshot } from '../../network/index.ts';
import { columns } from './print.ts';

/** A network as a person reads it in a terminal: the five words of the course, the interfaces, what is odd. */
export function networkLines(snapshot: NetworkSnapshot): readonly string[] {
  const words = fiveWords(snapshot).map(({ word, value, absent, others }) => [
    word,
    [value ?? (absent === 'none' ? 'none' : 'unknown'), ...others].join(', '),
  ]);
  const interfaces = orderInterfaces(snapshot.interfaces).map(({ name, state, mac, addresses }) => [
    name,
    state,
    mac ?? '-',
    addresses.map(({ address, prefix }) => (prefix === null ? address : `${address}/${prefix}`)).join(' ') || '-',
  ]);
  const gateways = gatewaysOf(snapshot.routes ?? []).map(
    ({ address, interface: name, inUse }) =>
      `  ${address} through ${name ?? 'an unknown interface'}${inUse ? '' : ' (not in use)'}`,
  );
  const findings = findingsOf(snapshot).map(({ text, advice }) => `  ${text} ${advice}`);
  return [
    ...columns(words),
    '',
    ...columns([['INTERFACE', 'STATE', 'MAC', 'ADDRESSES'], ...interfaces]),
    ...(gateways.length > 1 ? ['', 'Gateways:', ...gateways] : []),
    ...(findings.length > 0 ? ['', 'Worth knowing:', ...findings] : []),
    ...(snapshot.problems.length > 0 ? ['', ...snapshot.problems] : []),
  ];
}
