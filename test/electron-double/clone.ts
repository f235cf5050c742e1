/**
 * What the structured clone algorithm carries, as text: enough of it for the contract, and an error for anything else.
 * Both ends of a port use it, since a DevTools binding carries only text.
 */
type Tagged = readonly [tag: string, value: unknown];

const numbers: Readonly<Record<string, number>> = { NaN, Infinity, '-Infinity': -Infinity, '-0': -0 };

export function encode(value: unknown): string {
  return JSON.stringify(toTree(value));
}

export function decode(text: string): unknown {
  return fromTree(JSON.parse(text) as unknown);
}

function toTree(value: unknown): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (value === undefined) return ['undefined', null];
  if (typeof value === 'bigint') return ['bigint', String(value)];
  if (typeof value === 'number') {
    const name = Object.is(value, -0) ? '-0' : String(value);
    return name in numbers ? ['number', name] : value;
  }
  if (typeof value === 'object') return objectToTree(value);
  throw new TypeError(`A ${typeof value} cannot be cloned.`);
}

function objectToTree(value: object): unknown {
  if (Array.isArray(value)) return ['array', value.map(toTree)];
  if (value instanceof Uint8Array) return ['bytes', toBase64(value)];
  if (value instanceof Date) return ['date', value.getTime()];
  if (value instanceof Map) return ['map', [...value].map(([key, entry]) => [toTree(key), toTree(entry)])];
  if (value instanceof Set) return ['set', [...value].map(toTree)];
  const kind = Object.prototype.toString.call(value);
  if (kind !== '[object Object]') throw new TypeError(`This double of a port does not carry ${kind}.`);
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, toTree(entry)]));
}

function fromTree(tree: unknown): unknown {
  if (Array.isArray(tree)) return fromTagged(tree as unknown as Tagged);
  if (typeof tree !== 'object' || tree === null) return tree;
  return Object.fromEntries(Object.entries(tree).map(([key, entry]) => [key, fromTree(entry)]));
}

function fromTagged([tag, value]: Tagged): unknown {
  const list = value as readonly unknown[];
  switch (tag) {
    case 'undefined':
      return undefined;
    case 'bigint':
      return BigInt(value as string);
    case 'number':
      return numbers[value as string];
    case 'array':
      return list.map(fromTree);
    case 'bytes':
      return fromBase64(value as string);
    case 'date':
      // JSON has no NaN: a date that is none comes as null.
      return new Date((value as number | null) ?? Number.NaN);
    case 'map':
      return new Map((list as readonly (readonly [unknown, unknown])[]).map(([k, v]) => [fromTree(k), fromTree(v)]));
    case 'set':
      return new Set(list.map(fromTree));
    default:
      throw new TypeError(`“${tag}” is no tag of this format.`);
  }
}

function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}
