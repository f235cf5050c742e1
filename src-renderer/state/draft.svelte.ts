// A plain object: what is looked up here never changes, only what is found does.
const drafts: Record<string, object> = {};

/**
 * A reactive object that outlives the view that made it, so that nothing typed is lost when another screen is opened:
 * `const form = draft('dns', () => ({ name: '', type: 'A' }))`. Kept until the window closes.
 */
export function draft<T extends object>(key: string, initial: () => T): T {
  const known = drafts[key];
  if (known) return known as T;
  const made = $state(initial());
  drafts[key] = made;
  return made;
}
