/**
 * Calls `stop` at the first SIGINT, SIGTERM or SIGHUP and ends the process when it is done: exit code 0, or 1 when it
 * failed. A second signal ends at once.
 */
export function stopOnSignals(stop: () => Promise<void>): void {
  let stopping = false;
  const take = (): void => {
    if (stopping) process.exit(1);
    stopping = true;
    stop().then(
      () => process.exit(0),
      (thrown: unknown) => {
        console.error(thrown);
        process.exit(1);
      },
    );
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, take);
}
