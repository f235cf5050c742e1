import packageJson from '../../../package.json' with { type: 'json' };

/** The version of this app, put in at build time. */
export const appVersion: string = packageJson.version;
