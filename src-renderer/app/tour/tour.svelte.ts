import { deviceHref, type DeviceTab, type Route } from '../../state/route.ts';
import { router } from '../../state/router.svelte.ts';
import { settings } from '../../state/settings.svelte.ts';
import { LedPage } from '../../views/led/led-page.svelte.ts';

/** The practice device: this computer with a simulated LED. */
const DEVICE = 'practice';

/** What the tour asks for, in this order; each step is over when the thing itself is seen, not when a button was. */
export const TOUR_STEPS = ['open', 'deploy', 'light'] as const;
export type TourStep = (typeof TOUR_STEPS)[number];

/** How far a person is, from what can be seen. A later step that is done needs no earlier one. */
export function stepAt(seen: {
  readonly opened: boolean;
  readonly agent: boolean;
  readonly lit: boolean;
}): TourStep | 'finished' {
  if (seen.lit) return 'finished';
  if (seen.agent) return 'light';
  return seen.opened ? 'deploy' : 'open';
}

const isAt = (route: Route, tab: DeviceTab | 'any'): boolean =>
  route.screen === 'device' && route.deviceId === DEVICE && (tab === 'any' || route.tab === tab);

/** Where each step is done. */
const TABS = { open: 'overview', deploy: 'agent', light: 'led', finished: 'led' } as const;

/** The first steps, followed on the practice device. To be made while a component is. */
export class Tour {
  readonly #led = new LedPage(DEVICE);
  #opened = $state(false);
  #lit = $state(false);

  constructor() {
    $effect(() => {
      if (isAt(router.route, 'any')) this.#opened = true;
    });
    $effect(() => {
      if (this.#led.snapshot?.level !== 'on' || this.#lit) return;
      this.#lit = true;
      // Remembered at once: a window closed now need not show it again.
      void settings.update({ tourDone: true });
    });
    void this.#led.watch();
  }

  get step(): TourStep | 'finished' {
    return stepAt({ opened: this.#opened, agent: this.#led.snapshot?.connection.kind === 'connected', lit: this.#lit });
  }

  /** Where the present step is done. */
  get href(): string {
    return deviceHref(DEVICE, TABS[this.step]);
  }

  /** True where the present step can be done at once. */
  get there(): boolean {
    return this.step !== 'open' && isAt(router.route, TABS[this.step]);
  }

  dispose(): void {
    this.#led.dispose();
  }
}
