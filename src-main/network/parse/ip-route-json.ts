import { draftRoute, type Draft } from '../model/draft.ts';
import type { AddressFamily, Route } from '../model/model.ts';
import { JsonRecord, parseExactJson } from './exact-json.ts';
import { destinationFamily, routeType, withPrefix } from './route-words.ts';

/**
 * Reads `ip -json route` (or `ip -6 -json route`). `family` decides for routes that show none, such as a default route
 * over a point-to-point link. A route over several next hops becomes one for each. Null when the text is no such JSON.
 */
export function parseIpRouteJson(text: string, family: AddressFamily): readonly Route[] | null {
  const json = parseExactJson(text);
  if (!Array.isArray(json)) return null;
  return JsonRecord.listFrom(json).flatMap((record) => {
    const destination = record.text('dst');
    if (destination === null) return [];
    const route = readRoute(record, destination, family);
    const hops = record.records('nexthops');
    return hops.length === 0 ? [route] : hops.map((hop) => readHop(route, hop));
  });
}

function readRoute(record: JsonRecord, destination: string, family: AddressFamily): Route {
  const route: Draft<Route> = draftRoute(destinationFamily(destination) ?? family, withPrefix(destination));
  route.type = routeType(record.text('type'));
  route.metric = record.number('metric');
  route.from = record.text('prefsrc');
  route.protocol = record.text('protocol');
  return readHop(route, record);
}

function readHop(route: Route, record: JsonRecord): Route {
  const flags = record.texts('flags');
  return {
    ...route,
    gateway: record.text('gateway') ?? record.record('via')?.text('host') ?? null,
    interface: record.text('dev'),
    linkDown: flags.includes('linkdown') || flags.includes('dead'),
  };
}
