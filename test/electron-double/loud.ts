/**
 * Stands for a whole object of Electron with only some of its members. Using one it lacks raises and is told to `onLack`,
 * so that a test fails even where the app catches the error.
 */
export function loud<T extends object>(name: string, members: Partial<T>, onLack: (what: string) => void): T {
  return new Proxy(members as T, {
    get(target, key) {
      if (!(key in target)) {
        // `await` asks every value for `then`.
        if (typeof key === 'symbol' || key === 'then') return undefined;
        onLack(`${name}.${key}`);
        throw new Error(`The double of Electron lacks ${name}.${key}.`);
      }
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' && !isClass(value) ? value.bind(target) : value;
    },
    set(target, key, value) {
      if (!(key in target)) {
        onLack(`${name}.${String(key)}`);
        throw new Error(`The double of Electron lacks ${name}.${String(key)}.`);
      }
      return Reflect.set(target, key, value, target);
    },
  });
}

function isClass(value: object): boolean {
  return Function.prototype.toString.call(value).startsWith('class');
}
