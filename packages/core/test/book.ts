import { type Daybook, type DaybookOptions, type Organization, openDaybook, type Project, type Session } from '@daybook/core';
import { memoryStorage } from '@daybook/memory';
import { later } from './facts';

/** A daybook with one organization (members alice and olga) and one project (administrators alice and ada, who is no member). */
export interface Book {
  readonly daybook: Daybook;
  readonly storage: DaybookOptions['storage'];
  readonly alice: Session;
  readonly organization: Organization;
  readonly project: Project;
  /** Work that nobody waits for and that failed. */
  readonly errors: unknown[];
  /** Sets the clock, in days since it began. It stands still otherwise. */
  day(days: number): void;
  /** Another daybook on the same storage. */
  again(): Promise<Project>;
}

export async function openBook(options: Partial<DaybookOptions> = {}): Promise<Book> {
  const storage = options.storage ?? memoryStorage();
  const errors: unknown[] = [];
  let now = later(0);
  const clock = () => new Date(now);
  const open = () => openDaybook({ storage, clock, onError: (error) => errors.push(error), ...options });
  const daybook = await open();
  const alice = daybook.as({ kind: 'person', id: 'alice' });
  const organization = await alice.createOrganization({ name: 'Acme' });
  const project = await alice.createProject({ organization: organization.id, name: 'Sales' });
  await organization.addMember('olga');
  await organization.addMember('ada');
  await (await daybook.as({ kind: 'person', id: 'ada' }).project(project.id)).join();
  await organization.removeMember('ada');
  await organization.addMember('rex');
  await organization.removeMember('rex');
  return {
    ...{ daybook, storage, alice, organization, project, errors },
    day(days) {
      now = later(days);
    },
    again: async () => (await open()).as({ kind: 'person', id: 'alice' }).project(project.id),
  };
}

/** All items of pages or batches. */
export async function collect<T>(batches: AsyncIterable<readonly T[]>): Promise<T[]> {
  const items: T[] = [];
  for await (const batch of batches) items.push(...batch);
  return items;
}

/** All of a generator. */
export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** Takes an export's bytes. */
export function textSink(): { readonly sink: WritableStream<Uint8Array>; text(): string; readonly state: 'open' | 'closed' | 'aborted' } {
  const chunks: Uint8Array[] = [];
  let state: 'open' | 'closed' | 'aborted' = 'open';
  const sink = new WritableStream<Uint8Array>({
    write: (chunk) => void chunks.push(chunk),
    close: () => {
      state = 'closed';
    },
    abort: () => {
      state = 'aborted';
    },
  });
  return {
    sink,
    text: () => Buffer.concat(chunks).toString(),
    get state() {
      return state;
    },
  };
}
