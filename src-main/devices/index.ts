export * from './device.ts';
export * from './device-store.ts';
export * from './validate.ts';
