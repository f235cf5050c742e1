declare const AGENT_VERSION: string;

/** The version in package.json, put in by build.mjs; `dev` when run without being built. */
export const VERSION = typeof AGENT_VERSION === 'undefined' ? 'dev' : AGENT_VERSION;
