export * from './json-file.ts';
export * from './place-to-write.ts';
