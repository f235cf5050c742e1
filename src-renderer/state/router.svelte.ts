import { parseRoute, type Route } from './route.ts';

class Router {
  #route = $state.raw<Route>(parseRoute(window.location.hash));

  constructor() {
    window.addEventListener('hashchange', () => {
      this.#route = parseRoute(window.location.hash);
    });
  }

  /** The screen shown now. */
  get route(): Route {
    return this.#route;
  }

  /** Whether the screen at `href` is the one shown, with what its address carries. */
  isAt(href: string): boolean {
    return JSON.stringify(this.#route) === JSON.stringify(parseRoute(href));
  }

  /** Shows the screen at `href`, one of `screenHref()` and `deviceHref()`. */
  go(href: string): void {
    window.location.hash = href;
  }

  /** Like `go`, but the present screen is not one to go back to. */
  replace(href: string): void {
    window.history.replaceState(null, '', href);
    this.#route = parseRoute(href);
  }
}

/** Which screen is shown. Links use `href={deviceHref(id, 'network')}`; code uses `router.go(...)`. */
export const router = new Router();
