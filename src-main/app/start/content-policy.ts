/**
 * What the page may load: its own files and nothing else, no inline script or style, no `eval`. `connect` holds the
 * addresses it may connect to, as the policy writes them; none is `'none'`.
 */
export function contentPolicy(connect: readonly string[]): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "font-src 'self'",
    "img-src 'self' data: blob:",
    ['connect-src', ...(connect.length > 0 ? connect : ["'none'"])].join(' '),
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
