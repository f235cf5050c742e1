/** What the console opens sessions with, for pages: their forms begin with it. */
export { clientDefaults, listenerDefaults } from '../console/session/session-options.ts';
