export * from './json-file.ts';
export * from './place-to-write.ts';
export * from './private-folder.ts';
