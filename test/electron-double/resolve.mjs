// Answers for `electron` when the app's built main side imports it.
export function resolve(specifier, context, next) {
  if (specifier !== 'electron') return next(specifier, context);
  return { url: new URL('./electron.mjs', import.meta.url).href, shortCircuit: true };
}
