import { devices } from './devices.svelte.ts';
import { parseRoute, deviceHref, screenHref, type Route } from './route.ts';
import { router } from './router.svelte.ts';
import { settings } from './settings.svelte.ts';

/** Milliseconds a screen must be shown before it counts as the last place. */
const SETTLE_MS = 400;

/**
 * Opens the app where it was left, unless the address names a screen, and remembers each move. To be called while a
 * component is made; `ready` turns true once it is known which screen to show.
 */
export function keepPlace(): { readonly ready: boolean } {
  let ready = $state(window.location.hash !== '');

  $effect(() => {
    if (ready) return;
    const last = settings.current === null ? '' : settings.current.lastRoute;
    if (settings.current === null && !settings.error) return;
    const route = parseRoute(last);
    if (route.screen === 'device' && !devices.loaded && !devices.error) return;
    if (last !== '' && isThere(route)) router.replace(last);
    ready = true;
  });

  $effect(() => {
    const { route } = router;
    if (!ready || route.screen === 'showcase' || route.screen === 'deploy-many') return;
    const timer = setTimeout(() => remember(route), SETTLE_MS);
    return () => clearTimeout(timer);
  });

  return {
    get ready() {
      return ready;
    },
  };
}

const isThere = (route: Route): boolean => route.screen !== 'device' || devices.find(route.deviceId) !== undefined;

/** What an address carries beside the place, such as a host to connect to, is not done again at the next start. */
function remember(route: Exclude<Route, { screen: 'showcase' | 'deploy-many' }>): void {
  const lastRoute = route.screen === 'device' ? deviceHref(route.deviceId, route.tab) : screenHref(route.screen);
  const lastDeviceId = route.screen === 'device' ? route.deviceId : (settings.current?.lastDeviceId ?? '');
  if (settings.current?.lastRoute === lastRoute && settings.current.lastDeviceId === lastDeviceId) return;
  void settings.update({ lastRoute, lastDeviceId });
}
