export * from './signal.ts';
