/** The console's pure formats, for pages: they show the exact bytes before anything is sent. */
export * from '../console/payload/index.ts';
export * from '../console/display/index.ts';
