import type { Actor } from '../event-store';
import { isOver } from '../expiry';
import { type Listed, listed, type Paging, parsePaging } from '../listing';
import { own } from '../message';
import type { OrganizationState } from '../organizations/state';
import { type ProjectDescription, statusOf } from '../projects/queries';
import { ProjectScope } from '../projects/scope';
import type { Runtime } from '../runtime';
import type { SupportSlice } from '../support/state';
import { permitUser } from '../users/directory';
import { allPlaces, type Insider, type PlaceKind, placesOf } from '../users/places';
import type { PeopleSlice } from './state';

/** An organization that somebody belongs to. A system session has all of them, as `system`, since they were created. */
export interface OwnOrganization {
  readonly id: string;
  readonly name: string;
  readonly role: 'member' | 'auditor' | 'system';
  readonly since: string;
}

/** A project in which somebody has a role. A system session has all of them, as `system`, since they were created. */
export interface OwnProject {
  readonly id: string;
  readonly name: string;
  /** The organization's id. */
  readonly organization: string;
  readonly status: ProjectDescription['status'];
  /** Auditors of the organization have theirs there. */
  readonly role: 'administrator' | 'auditor' | 'support' | 'system';
  readonly since: string;
}

/** What somebody holds, until it is over. */
interface Held {
  readonly since: string;
  readonly expiresAt?: string;
}

type ProjectRole = readonly [role: OwnProject['role'], held: (state: PeopleSlice & SupportSlice, id: string) => Held | undefined];

/** What somebody can be to a project; the first that holds is told. */
const projectRoles: Readonly<Record<Insider['kind'], readonly ProjectRole[]>> = {
  person: [
    ['administrator', ({ administrators }, id) => own(administrators, id)],
    ['auditor', ({ auditors }, id) => own(auditors, id)],
  ],
  support: [['support', ({ support }, id) => own(support, id)]],
};

type OrganizationRole = readonly [role: OwnOrganization['role'], held: (state: OrganizationState, id: string) => Held | undefined];

const organizationRoles: Readonly<Record<Insider['kind'], readonly OrganizationRole[]>> = {
  person: [
    ['member', ({ members }, id) => own(members, id)],
    ['auditor', ({ auditors }, id) => own(auditors, id)],
  ],
  support: [],
};

/** By id. Refuses: `ACCESS_DENIED`, `INVALID_INPUT`. */
export async function ownProjects(runtime: Runtime, actor: Actor, page: Paging): Promise<Listed<OwnProject>[]> {
  permitUser(runtime, actor, 'ownProjects', undefined);
  const { limit, after } = parsePaging('projects', page);
  return listed(candidates(runtime, actor, 'project', after), limit, async (id) => {
    const scope = new ProjectScope(runtime, id, actor);
    const newest = await scope.newestIfThere();
    if (!newest) return undefined;
    const { name, organization, createdAt } = newest.state.project;
    const held = standing(projectRoles, newest.state, actor, createdAt, scope.instantOf(newest));
    return held && { id, name, organization, status: statusOf(newest.state), ...held };
  });
}

/** By id. Refuses: `ACCESS_DENIED`, `INVALID_INPUT`. */
export async function ownOrganizations(runtime: Runtime, actor: Actor, page: Paging): Promise<Listed<OwnOrganization>[]> {
  permitUser(runtime, actor, 'ownOrganizations', undefined);
  const { limit, after } = parsePaging('organizations', page);
  return listed(candidates(runtime, actor, 'organization', after), limit, async (id) => {
    const { position, state } = await runtime.organization(id).fresh();
    if (position === 0) return undefined;
    const held = standing(organizationRoles, state, actor, state.createdAt, runtime.now());
    return held && { id, name: state.name, ...held };
  });
}

function candidates(runtime: Runtime, { kind, id }: Actor, place: PlaceKind, after: string | undefined): AsyncGenerator<string> {
  return kind === 'system' ? allPlaces(runtime, place, after) : placesOf(runtime, { kind: kind as Insider['kind'], id }, place, after);
}

/** What the place itself says of somebody: what led to it may be out of date. */
function standing<State, Role>(
  roles: Readonly<Record<Insider['kind'], readonly (readonly [role: Role, held: (state: State, id: string) => Held | undefined])[]>>,
  state: State,
  { kind, id }: Actor,
  createdAt: string,
  now: string,
): { readonly role: Role | 'system'; readonly since: string } | undefined {
  if (kind === 'system') return { role: 'system', since: createdAt };
  for (const [role, heldBy] of roles[kind as Insider['kind']]) {
    const held = heldBy(state, id);
    if (held && !isOver(held, now)) return { role, since: held.since };
  }
  return undefined;
}
