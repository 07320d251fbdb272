import type { Step } from '../commands';
import type { organizationEventDefinitions, projectEventDefinitions } from '../decider';
import type { Actor, NewEvent, Write } from '../event-store';
import type { Runtime } from '../runtime';
import { personUser, staffUser, userRequest } from './directory';
import type { UserState } from './state';

/** Somebody whose log says where to look for what they may do. */
export interface Insider {
  readonly kind: 'person' | 'support';
  readonly id: string;
}

export type PlaceKind = keyof UserState['places'];
type EventName = keyof typeof projectEventDefinitions | keyof typeof organizationEventDefinitions;
type Movements = Partial<Readonly<Record<EventName, Insider['kind']>>>;

/** What brings somebody into a project or an organization. Whom: `member` or `person` of the event. */
const comings: Movements = {
  ...{ OrganizationCreated: 'person', MemberAdded: 'person' },
  ...{ AdministratorJoined: 'person', AdministratorAdded: 'person', InvitationAccepted: 'person' },
  ...{ SupportJoined: 'support', SupportApproved: 'support' },
};

/** What takes them out. */
const goings: Movements = {
  MemberRemoved: 'person',
  ...{ AdministratorRemoved: 'person', AdministratorLeft: 'person', AdministratorExpired: 'person' },
  ...{ SupportLeft: 'support', SupportRemoved: 'support', SupportExpired: 'support' },
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

/** Who changes one role for another in one write stays. */
function movement({ log, events }: Write, who: Insider): (readonly [type: 'EnterPlace' | 'LeavePlace', data: object])[] {
  const [kind, id] = log.split('/') as [PlaceKind, string];
  const moves = (movements: Movements) =>
    events.some((event) => movements[event.type as EventName] === who.kind && about(event) === who.id);
  if (moves(comings)) return [['EnterPlace', { kind, id }]];
  return moves(goings) ? [['LeavePlace', { kind, id }]] : [];
}

function about({ data }: NewEvent): unknown {
  return data.person ?? data.member;
}
