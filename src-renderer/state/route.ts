/** The tabs a device opens into, in the order shown. */
export const DEVICE_TABS = ['overview', 'network', 'agent', 'led', 'terminal', 'doctor'] as const;
export type DeviceTab = (typeof DEVICE_TABS)[number];

/** The screens of the left rail. */
export const SCREENS = ['devices', 'console', 'dns', 'echo', 'settings'] as const;
export type Screen = (typeof SCREENS)[number];

/** Values carried by an address, such as the host and port the console shall open with. */
export type RouteQuery = Readonly<Record<string, string>>;

export type Route =
  | { readonly screen: Screen; readonly query: RouteQuery }
  | { readonly screen: 'showcase'; readonly query: RouteQuery }
  | { readonly screen: 'deploy-many'; readonly query: RouteQuery }
  | { readonly screen: 'device'; readonly deviceId: string; readonly tab: DeviceTab; readonly query: RouteQuery };

/** The address of the deployment to several devices. */
export const DEPLOY_MANY_HREF = '#/deploy-many';

export const HOME: Route = { screen: 'devices', query: {} };

/** Reads `#/device/<id>/<tab>?key=value`; what names no screen leads to the list of devices. */
export function parseRoute(hash: string): Route {
  const [path = '', search = ''] = hash.replace(/^#?\/?/, '').split('?', 2);
  const query = Object.fromEntries(new URLSearchParams(search));
  const [first = '', second = '', third = ''] = path.split('/').map(decodeSegment);
  if (first === 'device' && second !== '') {
    const tab = DEVICE_TABS.find((name) => name === third) ?? 'overview';
    return { screen: 'device', deviceId: second, tab, query };
  }
  if (first === 'showcase' || first === 'deploy-many') return { screen: first, query };
  const screen = SCREENS.find((name) => name === first);
  return screen ? { screen, query } : { ...HOME, query };
}

/** The address of a screen, to be used as a link's `href`. */
export function screenHref(screen: Screen, query: RouteQuery = {}): string {
  return `#/${screen}${searchOf(query)}`;
}

/** The address of one tab of a device, to be used as a link's `href`. */
export function deviceHref(deviceId: string, tab: DeviceTab = 'overview', query: RouteQuery = {}): string {
  return `#/device/${encodeURIComponent(deviceId)}/${tab}${searchOf(query)}`;
}

function searchOf(query: RouteQuery): string {
  const search = new URLSearchParams(query).toString();
  return search === '' ? '' : `?${search}`;
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
