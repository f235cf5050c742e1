/** Bundles the agent and returns the file's text. */
export function bundleAgent(): Promise<string>;
/** Raises when a text holds a carriage return or a native add-on. */
export function assertPlain(text: string): void;
