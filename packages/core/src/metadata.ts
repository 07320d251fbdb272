import { own } from './message';

/** Key/value pairs, apart for each provider (whoever writes them: a component, say, or the system). */
export type Metadata = Record<string, Record<string, string>>;

/** What a request to set metadata would change: undefined when it is so already. */
export function metadataChanges(
  current: Metadata,
  provider: string,
  values: Readonly<Record<string, string | null>>,
): Record<string, string | null> | undefined {
  const there = own(current, provider) ?? {};
  const changes = Object.entries(values).filter(([key, value]) => (own(there, key) ?? null) !== value);
  return changes.length === 0 ? undefined : Object.fromEntries(changes);
}

/** Writes changes into a draft; null removes its key. */
export function applyMetadata(draft: Metadata, provider: string, values: Readonly<Record<string, string | null>>): void {
  if (!Object.hasOwn(draft, provider)) draft[provider] = {};
  const kept = draft[provider]!;
  for (const [key, value] of Object.entries(values)) {
    if (value === null) delete kept[key];
    else kept[key] = value;
  }
}
