export * from './json-file.ts';
