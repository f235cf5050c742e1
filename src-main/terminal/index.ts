export { DroppedFiles } from './dropped-files.ts';
export type { TerminalEnd, TerminalOutput } from './open-terminal.ts';
export { TerminalService, type TerminalProgram } from './terminal-service.ts';
