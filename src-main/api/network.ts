/** The pure parts of the network feature, for pages. */
export * from '../network/pure.ts';
