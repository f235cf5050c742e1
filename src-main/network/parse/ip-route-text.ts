import { draftRoute, type Draft } from '../model/draft.ts';
import type { AddressFamily, Route } from '../model/model.ts';
import { destinationFamily, isRouteType, routeType, withPrefix } from './route-words.ts';

/** True for a line of `ip route` or `ip -6 route`. */
export function isIpRouteLine(line: string): boolean {
  const words = line.trim().split(/\s+/);
  if (isRouteType(words[0] ?? '')) return words[1] === 'default' || destinationFamily(words[1] ?? '') !== null;
  const [destination = '', ...rest] = words;
  if (destination !== 'default' && destinationFamily(destination) === null) return false;
  // `ip neigh` lines begin alike, but go on with lladdr and a state in capitals.
  if (rest.includes('lladdr') || /^[A-Z]{5,}$/.test(rest.at(-1) ?? '')) return false;
  return rest.some((word) => ROUTE_WORDS.has(word)) || (rest.length === 0 && destination.includes('/'));
}

const ROUTE_WORDS: ReadonlySet<string> = new Set(['via', 'dev', 'proto', 'scope', 'metric', 'src', 'nhid']);

/**
 * Reads `ip route` or `ip -6 route`, also of busybox. `family` decides for a default route without a gateway. A route
 * over several next hops becomes one for each.
 */
export function parseIpRouteText(text: string, family: AddressFamily): readonly Route[] {
  const routes: Route[] = [];
  let head: Route | null = null;
  for (const line of text.split(/\r?\n/)) {
    const words = line.trim().split(/\s+/);
    if (words[0] === 'nexthop' && head) {
      // The first next hop takes the place of the line that only announced them.
      if (routes.at(-1) === head) routes.pop();
      routes.push(readWords(head, words.slice(1)));
    } else if (isIpRouteLine(line)) {
      head = readLine(words, family);
      routes.push(head);
    }
  }
  return routes;
}

function readLine(words: readonly string[], family: AddressFamily): Route {
  const typed = isRouteType(words[0] ?? '');
  const [destination = '', ...rest] = typed ? words.slice(1) : words;
  const gateway = rest[rest.indexOf('via') + 1];
  const route: Draft<Route> = draftRoute(
    destinationFamily(destination) ?? destinationFamily(gateway ?? '') ?? family,
    withPrefix(destination),
  );
  route.type = routeType(typed ? (words[0] ?? null) : null);
  return readWords(route, rest);
}

function readWords(route: Route, words: readonly string[]): Route {
  const result: Draft<Route> = { ...route };
  words.forEach((word, index) => {
    const next = words[index + 1] ?? '';
    if (word === 'via') result.gateway = next === 'inet6' || next === 'inet' ? (words[index + 2] ?? null) : next;
    else if (word === 'dev') result.interface = next;
    else if (word === 'src') result.from = next;
    else if (word === 'proto') result.protocol = next;
    else if (word === 'metric' && /^\d+$/.test(next)) result.metric = Number(next);
    else if (word === 'linkdown' || word === 'dead') result.linkDown = true;
  });
  return result;
}
