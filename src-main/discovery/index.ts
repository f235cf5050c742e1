export { Confinement } from './confinement.ts';
export { mdnsAdapters } from './mdns/adapters.ts';
export * from './model.ts';
export { LARGE_SEARCH, LARGEST_SEARCH, ownAddresses, type ListedInterfaces } from './networks.ts';
export { DiscoveryService, type DiscoveryOptions } from './service.ts';
