export * from './model.ts';
export { LARGE_SEARCH, LARGEST_SEARCH } from './networks.ts';
export { DiscoveryService, type DiscoveryOptions } from './service.ts';
