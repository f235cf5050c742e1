/** Whether anything built is missing or older than anything it is built from. */
export function buildIsStale(): boolean;
