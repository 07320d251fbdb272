const surrogate = /\p{Surrogate}/u;

/** Text of `max` UTF-16 units at most, cut between characters; half a character becomes U+FFFD. */
export function cut(text: string, max: number): string {
  const end = /[\ud800-\udbff][\udc00-\udfff]/.test(text.slice(max - 1, max + 1)) ? max - 1 : max;
  return text.slice(0, end).replace(/\p{Surrogate}/gu, '\uFFFD');
}

/** Where JSON, or what else is made of arrays and plain objects, holds half a character, in a value or a key. */
export function illFormed(value: unknown): string | undefined {
  const open: (readonly [path: string, value: unknown])[] = [['', value]];
  for (let next = open.pop(); next; next = open.pop()) {
    const [path, inner] = next;
    if (typeof inner === 'string' && surrogate.test(inner)) return path;
    if (!isPlain(inner)) continue;
    for (const [key, one] of Object.entries(inner)) {
      const at = path === '' ? key : `${path}.${key}`;
      if (surrogate.test(key)) return cut(at, 1_000);
      open.push([at, one]);
    }
  }
  return undefined;
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  return Array.isArray(value) || [Object.prototype, null].includes(Object.getPrototypeOf(value));
}

/** How a source is called for ever: an address without what opens it; undefined where it has no name. */
export function sourceName(given: string | undefined): string | undefined {
  const [, scheme, rest] = given?.match(/^\s*((?:[a-z][a-z\d+.-]*:)+\/\/)(?:[^/?#]*@)?([^?#]*)/i) ?? [];
  const name = cut(scheme === undefined ? (given ?? '') : scheme + rest, 255);
  return name.trim() === '' ? undefined : name;
}
