import packageJson from '../../../package.json' with { type: 'json' };

/** The project's own pages, or null while it has none: names under `.invalid` lead nowhere (RFC 2606). */
export const appWebsite: string | null = new URL(packageJson.homepage).hostname.endsWith('.invalid')
  ? null
  : packageJson.homepage;
