export * from './payload/index.ts';
export * from './display/index.ts';
export * from './problem/index.ts';
export * from './transcript/index.ts';
export * from './session/index.ts';
export * from './service/index.ts';
export * from './exchange/index.ts';
export * from './export/index.ts';
