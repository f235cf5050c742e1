import type { AddressFamily, Gateway, Route } from './model.ts';

/**
 * The default routes in the order the kernel prefers them: lowest metric first, one over a dead link last, and otherwise
 * as listed. A metric that is not told counts as 0, which is what Linux takes it for in IPv4.
 */
export function gatewaysOf(routes: readonly Route[], family?: AddressFamily): readonly Gateway[] {
  const defaults = routes
    .filter((route) => route.destination === 'default' && route.type === 'unicast')
    .filter((route) => family === undefined || route.family === family)
    .toSorted(
      (a, b) =>
        Number(a.family === 'ipv6') - Number(b.family === 'ipv6') ||
        Number(a.linkDown) - Number(b.linkDown) ||
        (a.metric ?? 0) - (b.metric ?? 0),
    );
  return defaults.map((route, at) => ({
    family: route.family,
    address: route.gateway,
    interface: route.interface,
    metric: route.metric,
    inUse: !route.linkDown && defaults.findIndex((other) => other.family === route.family) === at,
  }));
}
