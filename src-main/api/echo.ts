/** The limits and defaults of an echo test, for the page's form. Pure, and safe in a browser. */
export { checkTogether, DEFAULT_ECHO_OPTIONS, ECHO_LIMITS } from '../echo/options.ts';
