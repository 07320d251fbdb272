import { randomUUID } from 'node:crypto';
import type { Storage } from '@daybook/core';

/** What a law is checked on. */
export interface Subject {
  /** Without a place: a new one, so the storage is empty and nobody else's. The law disposes what it opens. */
  open(place?: string): Promise<Storage>;
}

/** One thing that every storage does. `check` throws (`node:assert`) where it does not. */
export interface Law {
  /** A plain present sentence. */
  readonly title: string;
  /** Only asked of storages that claim this feature. */
  readonly needs?: keyof Storage['features'];
  check(subject: Subject): Promise<void>;
}

/**
 * Opens the storage at a place: a name of letters, digits and dashes that the adapter makes a folder, a schema … of. A place never
 * seen before is empty. Adapters without the features `durable` and `shared` are never asked for a place twice and may ignore it.
 */
export type OpenStorage = (place: string) => Promise<Storage>;

/** Checks one law. False: the storage does not claim the feature that the law needs. */
export async function checkLaw(law: Law, open: OpenStorage): Promise<boolean> {
  if (law.needs && !(await claims(law.needs, open))) return false;
  await law.check({ open: (place = newPlace()) => open(place) });
  return true;
}

/** A place that nobody has opened yet. */
export function newPlace(): string {
  return `place-${randomUUID()}`;
}

/** A law about one fresh storage. */
export function law(title: string, check: (storage: Storage) => Promise<void>): Law {
  return {
    title,
    async check({ open }) {
      await using storage = await open();
      await check(storage);
    },
  };
}

async function claims(feature: keyof Storage['features'], open: OpenStorage): Promise<boolean> {
  await using storage = await open(newPlace());
  return storage.features[feature];
}
