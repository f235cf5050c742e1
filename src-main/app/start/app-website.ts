import packageJson from '../../../package.json' with { type: 'json' };

/** The project's own pages, if it has any: names under `.invalid` lead nowhere (RFC 2606). */
export const appWebsite: string | undefined = new URL(packageJson.homepage).hostname.endsWith('.invalid')
  ? undefined
  : packageJson.homepage;
