/** What this app's own process was started with and no program it starts should inherit. */
const OWN = ['ELECTRON_RUN_AS_NODE', 'ELECTRON_NO_ATTACH_CONSOLE', 'NODE_OPTIONS', 'NODE_CHANNEL_FD', 'VITEST'];

/** The environment of a program started on this computer. */
export function localEnvironment(over: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !OWN.includes(name));
  return { ...Object.fromEntries(inherited), ...over };
}
