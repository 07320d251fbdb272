import type { Json } from '../message';

interface Request {
  readonly component: string;
  readonly configuration?: string | undefined;
  readonly mode: string;
  readonly parameters: { readonly [key: string]: Json };
  readonly parent?: string | undefined;
  readonly rerunOf?: string | undefined;
}

/** Whether two requests ask for the same work, whoever asks and whatever order their parameters are in. */
export function sameRequest(one: Request, other: Request): boolean {
  return contentOf(one) === contentOf(other);
}

function contentOf({ component, configuration, mode, parameters, parent, rerunOf }: Request): string {
  return JSON.stringify([component, configuration ?? null, mode, parent ?? null, rerunOf ?? null, ordered(parameters)]);
}

/** The same value with the keys of its objects in order. */
function ordered(value: Json): Json {
  if (Array.isArray(value)) return value.map(ordered);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value as { readonly [key: string]: Json }).map(([key, inner]) => [key, ordered(inner)] as const);
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
