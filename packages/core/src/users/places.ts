import { executeTogether, type Step } from '../commands';
import type { organizationEventDefinitions, projectEventDefinitions } from '../decider';
import type { PayloadsOf } from '../event';
import type { Actor, NewEvent, Write } from '../event-store';
import { readable } from '../listing';
import { own } from '../message';
import { first } from '../reading';
import type { Runtime } from '../runtime';
import { personUser, staffUser, userRequest, userStep } from './directory';
import type { UserState } from './state';

/** Somebody whose log says where to look for what they may do. */
export interface Insider {
  readonly kind: 'person' | 'support';
  readonly id: string;
}

export type PlaceKind = keyof UserState['places'];
type Events = PayloadsOf<typeof projectEventDefinitions> & PayloadsOf<typeof organizationEventDefinitions>;
type NamingSomebody = { [E in keyof Events]: Events[E] extends { person: string } | { member: string } ? E : never }[keyof Events];
type Movement = Partial<Readonly<Record<Insider['kind'], 'comes' | 'goes'>>>;

/** The book's own: it begins when everybody has been noted who came in before that was done. */
const sweepLog = 'book/places';
/** So many users' logs are written in one append. */
const mostTogether = 100;
const system: Actor = { kind: 'system', id: 'daybook' };

/** Whether whom an event names comes into the project or organization by it, or goes out, and who that is. Every event that names somebody stands here. */
const movements: Readonly<Record<NamingSomebody, Movement>> = {
  OrganizationCreated: { person: 'comes' },
  MemberAdded: { person: 'comes' },
  MemberRemoved: { person: 'goes' },
  AuditorAdded: { person: 'comes' },
  AuditorRemoved: { person: 'goes' },
  AuditorLeft: { person: 'goes' },
  AuditorExpired: { person: 'goes' },
  AdministratorJoined: { person: 'comes' },
  AdministratorAdded: { person: 'comes' },
  InvitationAccepted: { person: 'comes' },
  /** They are in already. */
  InvitationLapsed: {},
  AdministratorRemoved: { person: 'goes' },
  AdministratorLeft: { person: 'goes' },
  AdministratorExpired: { person: 'goes' },
  SupportJoined: { support: 'comes' },
  SupportRequested: {},
  SupportApproved: { support: 'comes' },
  SupportRejected: {},
  SupportRequestExpired: {},
  SupportLeft: { support: 'goes' },
  SupportRemoved: { support: 'goes' },
  SupportExpired: { support: 'goes' },
};

/**
 * The step that goes along wherever somebody may come in or go out: their log notes it in the same append, as what the other steps
 * write says. Asked of somebody who does neither it writes nothing.
 */
export function placeStep(runtime: Runtime, who: Insider, actor: Actor): Step {
  const log = runtime.user(userOf(who));
  return { log, requests: (writes) => writes.flatMap((write) => movement(write, who)).map((command) => userRequest(actor, command)) };
}

/** The log of a user by whom it is. */
export function userOf({ kind, id }: Insider): string {
  return kind === 'person' ? personUser(id) : staffUser(id);
}

/**
 * Where to look for what somebody may do: ids, ascending. Until everybody has been noted who came in before that was done, every project or
 * organization is looked at whose log names them.
 */
export async function* placesOf(runtime: Runtime, who: Insider, kind: PlaceKind, after = ''): AsyncGenerator<string> {
  // Asked before their log is read: what is noted in between is not missed.
  const swept = await isSwept(runtime);
  const noted = (await runtime.user(userOf(who)).fresh()).state.places[kind];
  if (!swept) yield* placesNaming(runtime, who, kind, noted, after);
  else
    yield* Object.keys(noted)
      .filter((id) => id > after)
      .toSorted();
}

/** The ids of all projects or organizations, ascending. */
export async function* allPlaces({ storage }: Runtime, kind: PlaceKind, after = ''): AsyncGenerator<string> {
  for await (const logs of storage.events.logs({ prefix: `${kind}/`, after: `${kind}/${after}` })) {
    for (const log of logs) yield log.slice(kind.length + 1);
  }
}

/**
 * Notes everybody who came in before that was done in the same append: once in the life of a book. It may be cut short, and done by several
 * at once. It is not done as long as there is a log that cannot be read.
 */
export async function sweepPlaces(runtime: Runtime): Promise<void> {
  if (await isSwept(runtime)) return;
  let complete = true;
  for (const kind of ['organization', 'project'] as const) {
    for await (const id of allPlaces(runtime, kind)) {
      const swept = await readable(id, async () => noteAll(runtime, kind, id));
      if (swept?.unreadable) complete = false;
    }
  }
  const { newId, clock } = runtime.environment;
  const event = { id: newId(), type: 'PlacesSwept', data: {}, tags: [], actor: system, at: clock().toISOString() };
  if (complete) await runtime.storage.events.append([{ log: sweepLog, expected: 0, events: [event] }]);
}

async function isSwept({ storage }: Runtime): Promise<boolean> {
  return (await storage.events.head(sweepLog)) !== undefined;
}

/** From the events, not the state: those of a newer version among them do not matter. */
async function noteAll(runtime: Runtime, kind: PlaceKind, id: string): Promise<void> {
  const inside = new Set<string>();
  for await (const page of runtime.storage.events.read(`${kind}/${id}`, { types: Object.keys(movements) })) {
    for (const event of page) {
      for (const [whose, movement] of Object.entries(movementBy(event)) as [Insider['kind'], 'comes' | 'goes'][]) {
        const user = userOf({ kind: whose, id: about(event) });
        if (movement === 'comes') inside.add(user);
        else inside.delete(user);
      }
    }
  }
  const users = [...inside];
  for (let from = 0; from < users.length; from += mostTogether) {
    const steps = users.slice(from, from + mostTogether).map((user) => userStep(runtime.user(user), system, ['EnterPlace', { kind, id }]));
    await executeTogether(runtime.environment, steps);
  }
}

async function* placesNaming(
  runtime: Runtime,
  { kind: whose, id: who }: Insider,
  kind: PlaceKind,
  noted: Readonly<Record<string, true>>,
  after: string,
): AsyncGenerator<string> {
  const tags = whose === 'person' ? [`person:${who}`, `actor:person:${who}`] : [`support:${who}`];
  for await (const id of allPlaces(runtime, kind, after)) {
    const names = (tag: string) => first(runtime.storage.events.read(`${kind}/${id}`, { tags: [tag], limit: 1 }));
    const named = await readable(id, async () => Promise.all(tags.map(names)));
    if (own(noted, id) || (Array.isArray(named) && named.some((event) => event !== undefined))) yield id;
  }
}

/** Who changes one role for another in one write stays. */
function movement({ log, events }: Write, who: Insider): (readonly [type: 'EnterPlace' | 'LeavePlace', data: object])[] {
  const [kind, id] = log.split('/') as [PlaceKind, string];
  const moves = events.map((event) => about(event) === who.id && movementBy(event)[who.kind]);
  if (moves.includes('comes')) return [['EnterPlace', { kind, id }]];
  return moves.includes('goes') ? [['LeavePlace', { kind, id }]] : [];
}

function movementBy({ type }: Pick<NewEvent, 'type'>): Movement {
  return own(movements, type) ?? {};
}

function about({ data }: Pick<NewEvent, 'data'>): string {
  return (data.person ?? data.member) as string;
}
