import { overlay } from '../../state/overlay.svelte.ts';
import { deviceHref, screenHref, SCREENS } from '../../state/route.ts';
import { router } from '../../state/router.svelte.ts';
import { deviceTabNames } from '../screens.ts';
import { actionOf, type KeyAction } from './key-bindings.ts';

/** True where the main key is ⌘. */
export const onMac = /Mac|iPhone|iPad/.test(navigator.platform);

/** Follows the keys until the returned function is called. */
export function listenToKeys(): () => void {
  const keydown = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || belongsToTerminal(event)) return;
    const action = actionOf(event, onMac);
    if (action === null) return;
    event.preventDefault();
    act(action);
  };
  window.addEventListener('keydown', keydown);
  return () => window.removeEventListener('keydown', keydown);
}

/** A shell has its own use for Ctrl+K and the like. */
function belongsToTerminal(event: KeyboardEvent): boolean {
  return event.ctrlKey && event.target instanceof Element && event.target.closest('.xterm') !== null;
}

function act(action: KeyAction): void {
  switch (action.kind) {
    case 'palette':
    case 'shortcuts':
      if (overlay.shown === action.kind) overlay.close();
      else overlay.show(action.kind);
      return;
    case 'settings':
      router.go(screenHref('settings'));
      return;
    case 'screen': {
      const screen = SCREENS[action.index];
      if (screen) router.go(screenHref(screen));
      return;
    }
    case 'tab':
      goToTab(action.step);
      return;
    case 'region':
      changeRegion();
  }
}

function goToTab(step: 1 | -1): void {
  const { route } = router;
  if (route.screen !== 'device') return;
  const count = deviceTabNames.length;
  const at = deviceTabNames.findIndex(({ name }) => name === route.tab);
  const next = deviceTabNames[(at + step + count) % count];
  if (next) router.go(deviceHref(route.deviceId, next.name));
}

function changeRegion(): void {
  const main = document.getElementById('main');
  if (!main?.contains(document.activeElement)) main?.focus();
  else {
    const rail = document.getElementById('rail');
    const place = rail?.querySelector<HTMLElement>('a[aria-current]') ?? rail?.querySelector<HTMLElement>('a');
    place?.focus();
  }
}
