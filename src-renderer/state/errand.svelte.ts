import { untrack } from 'svelte';
import { router } from './router.svelte.ts';

/** What a screen can be asked to do once it is shown. */
export type Errand =
  'add-device' | 'find-devices' | 'connect' | 'listen' | 'look-up' | 'echo' | 'deploy' | 'python' | 'examine';

/** Not part of the address: a link from elsewhere must open a screen and no more. Dropped when the screen is left. */
let asked = $state.raw<{ readonly errand: Errand; readonly href: string } | null>(null);

window.addEventListener('hashchange', () => {
  if (asked !== null && !router.isAt(asked.href)) asked = null;
});

/** Shows the screen at `href` and has it do something: what its own button would. */
export function sendOn(errand: Errand, href: string): void {
  asked = { errand, href };
  router.go(href);
}

/** What the screen that is being made does when it is sent on one of these errands. */
export function onErrand(actions: Partial<Record<Errand, () => void>>): void {
  $effect(() => {
    if (asked === null || !router.isAt(asked.href)) return;
    const action = actions[asked.errand];
    if (!action) return;
    asked = null;
    untrack(action);
  });
}
