import { execFile } from 'node:child_process';

/** Milliseconds a tool may take before it counts as broken. */
const TOOL_TIMEOUT_MS = 5000;

export interface ToolResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end; null when it is not installed or may not be run. */
export type RunTool = (program: string, args: readonly string[]) => Promise<ToolResult | null>;

/** Runs programs with this environment, in English whatever the user's language. */
export function toolRunner(environment: NodeJS.ProcessEnv): RunTool {
  const env = { ...environment, LC_ALL: 'C' };
  return (program, args) =>
    new Promise((resolve) => {
      execFile(program, [...args], { env, timeout: TOOL_TIMEOUT_MS }, (error, stdout, stderr) => {
        if (error === null) resolve({ code: 0, stdout, stderr });
        else if (error.code === 'ENOENT' || error.code === 'EACCES') resolve(null);
        else if (typeof error.code === 'number') resolve({ code: error.code, stdout, stderr });
        else resolve({ code: 1, stdout, stderr: stderr || error.message });
      });
    });
}
