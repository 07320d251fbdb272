import type { z } from 'zod';
import { type AuditCommands, type AuditQueries, auditAccess, auditCommands, auditQueryAccess, decideAudit } from './audit/decide';
import { auditEvents } from './audit/events';
import { evolveAudit } from './audit/evolve';
import {
  type AuditorCommands,
  type AuditorQueries,
  auditorAccess,
  auditorCommands,
  auditorDecisions,
  auditorQueryAccess,
} from './auditors/decide';
import { auditorEvents } from './auditors/events';
import { evolveAuditors } from './auditors/evolve';
import { isAuditor } from './auditors/state';
import type { Access, AccessRule, Context, Named, Nothing, Recorded, Role, Standing } from './capability';
import { DaybookError } from './errors';
import { type EventDefinition, type Names, plainNames } from './event';
import type { Actor, RecordedEvent } from './event-store';
import { parse } from './fields';
import { decideJobs, type JobQueries, jobAccess, jobCommands, jobQueryAccess } from './jobs/decide';
import { jobEvents } from './jobs/events';
import { evolveJobs, hear } from './jobs/evolve';
import { isSame, type JobsSlice, noJobs, openJob } from './jobs/state';
import {
  decideLimitedAccess,
  type LimitedAccessQueries,
  limitedAccessAccess,
  limitedAccessCommands,
  limitedAccessQueryAccess,
} from './limited-access/decide';
import { limitedAccessEvents } from './limited-access/events';
import { evolveLimitedAccess } from './limited-access/evolve';
import { limitedRoles } from './limited-access/roles';
import { type LimitedAccessSlice, noLimitedAccess, validAccess } from './limited-access/state';
import { own } from './message';
import {
  decideOrganization,
  type OrganizationCommands,
  type OrganizationQueries,
  organizationAccess,
  organizationCommands,
  organizationQueryAccess,
} from './organizations/decide';
import { organizationEvents } from './organizations/events';
import { evolveOrganization } from './organizations/evolve';
import { isMember, noOrganization, type OrganizationState } from './organizations/state';
import { decidePeople, type PeopleQueries, peopleAccess, peopleCommands, peopleQueryAccess } from './people/decide';
import { peopleEvents } from './people/events';
import { evolvePeople } from './people/evolve';
import { isAdministrator, isInvited, noPeople, type PeopleSlice } from './people/state';
import { decideProject, type ProjectOwnQueries, projectAccess, projectCommands, projectQueryAccess } from './projects/decide';
import { projectEvents } from './projects/events';
import { evolveProject } from './projects/evolve';
import { noProject, type ProjectSlice } from './projects/state';
import { decideSnapshots, type SnapshotQueries, snapshotAccess, snapshotCommands, snapshotQueryAccess } from './snapshots/decide';
import { snapshotEvents } from './snapshots/events';
import { evolveSnapshots } from './snapshots/evolve';
import { noSnapshots, type SnapshotsSlice } from './snapshots/state';
import {
  decideStorageJobs,
  type StorageJobQueries,
  storageJobAccess,
  storageJobCommands,
  storageJobQueryAccess,
} from './storage-jobs/decide';
import { type Operation, storageJobEvents } from './storage-jobs/events';
import { endStorageJob, evolveStorageJobs, jobOfWork } from './storage-jobs/evolve';
import { noStorageJobs, type OpenStorageJob, type StorageJobsSlice } from './storage-jobs/state';
import { decideSupport, type SupportQueries, supportAccess, supportCommands, supportQueryAccess } from './support/decide';
import { supportEvents } from './support/events';
import { evolveSupport } from './support/evolve';
import { isSupporting, noSupport, type SupportSlice } from './support/state';
import { decideTables, type TableQueries, tableAccess, tableCommands, tableQueryAccess } from './tables/decide';
import { tableEvents } from './tables/events';
import { evolveTables } from './tables/evolve';
import { noTables, type TablesSlice } from './tables/state';
import { decideUser, type UserCommands, type UserQueries, userAccess, userCommands, userQueryAccess } from './users/decide';
import { userEvents as userEventDefinitions } from './users/events';
import { evolveUser } from './users/evolve';
import { noUser, type UserState } from './users/state';

/** An event as decided: without id, actor and time. */
export interface Decided {
  readonly type: string;
  /** JSON, as the event's schema has it. */
  readonly data: object;
}

/** Everything about one kind of log: what can happen in it, what may be asked, who may ask. */
export interface Decider<State, Commands, Queries = Nothing> {
  readonly kind: 'organization' | 'project' | 'user';
  /** Names the shape of the state. Change it with the shape: checkpoints of another fold are ignored. */
  readonly fold: string;
  readonly initial: State;
  /** The command as its schema reads it. Refuses: `INVALID_INPUT`. */
  parse<C extends keyof Commands & string>(type: C, data: unknown): { type: C; data: Commands[C] };
  /** Refuses: `ACCESS_DENIED`, what closes the whole log (`PROJECT_DISABLED`), work in a job that is not open (`JOB_NOT_FOUND`), what the command says. */
  decide(command: Decidable, state: State, context: Context): readonly Decided[];
  /** `data`: what the query holds. Refuses: `ACCESS_DENIED`. */
  permit<Q extends keyof Queries>(query: Q, state: State, context: Context, data: Queries[Q]): void;
  /** What this log says of an actor, to decisions on others. */
  standing(state: State, actor: Actor, now: string): Standing;
  /** Changes the draft. Throws `NEWER_VERSION` for an event of a type, or of a shape, that is not known here. */
  evolve(draft: State, event: RecordedEvent): void;
  /** Under which tags an event is found. */
  tags(event: Decided, actor: Actor, correlationId?: string): string[];
  sentence(event: Decided, names?: Names): string;
}

/** A command that has been parsed. */
export interface Decidable {
  readonly type: string;
  readonly data: unknown;
  /** The job that the work is done in was looked for in vain: its id is one of the embedding app's own, and no job will ever have it. */
  readonly foreignJob?: true;
}

interface Joined<State, Commands, Queries> {
  readonly kind: Decider<State, Commands>['kind'];
  readonly fold: string;
  readonly initial: State;
  readonly events: Readonly<Record<string, EventDefinition<never, unknown>>>;
  readonly commands: { readonly [C in keyof Commands]: z.ZodType<Commands[C]> };
  readonly access: Access<Commands>;
  readonly queryAccess: Access<Queries>;
  readonly decisions: { readonly [C in keyof Commands]: (command: Commands[C], state: State, context: Context) => readonly Decided[] };
  readonly transitions: Readonly<Record<string, (draft: State, data: never, recorded: Recorded) => void>>;
  /** The rule of a command, where it depends on what the command holds. Default: the table's. */
  ruleOf?(command: Decidable, state: State, actor: Actor): AccessRule | undefined;
  roles(state: State, context: Context, named: Named): readonly Role[];
  /** Roles that another log knows persons to have, each with its test: asked only where a rule names them and `roles` do not suffice. */
  readonly rolesElsewhere?: { readonly [R in Role]?: (standing: Standing) => boolean };
  /** Throws when the log is closed to a command, of somebody who has roles that `is` tells, or to work in the job that it names. */
  gate?(state: State, rule: AccessRule, command: Decidable, is: (...roles: readonly Role[]) => boolean): void;
  /** Runs after the transition of any event. */
  always?(draft: State, data: object, recorded: Recorded): void;
  /** Default: that it knows nobody. */
  standing?(state: State, actor: Actor, now: string): Standing;
}

const nobody: Standing = { isMember: false, isAuditor: false, autoJoin: false };

/** Joins capabilities. The tables are typed where they stand; looking up by a name from outside loses that, so the casts are here. */
function join<State, Commands, Queries>(joined: Joined<State, Commands, Queries>): Decider<State, Commands, Queries> {
  type Rules = Readonly<Record<string, AccessRule>>;
  type Any = Readonly<Record<string, (...args: readonly unknown[]) => unknown>>;
  const schemas = joined.commands as Readonly<Record<string, z.ZodType>>;
  const rules = joined.access as Rules;
  const queryRules = joined.queryAccess as Rules;
  const decisions = joined.decisions as unknown as Any;
  const transitions = joined.transitions as unknown as Any;
  const definitions = joined.events as unknown as Readonly<Record<string, EventDefinition<unknown>>>;

  function check(action: string, rule: AccessRule | undefined, state: State, context: Context, data: unknown): AccessRule {
    if (rule && isAdmitted(rule.may, rule, state, context, data)) return rule;
    throw new DaybookError('ACCESS_DENIED', { action, actor: `${context.actor.kind} ${context.actor.id}` });
  }

  function isAdmitted(may: readonly Role[], { names }: AccessRule, state: State, context: Context, data: unknown): boolean {
    const roles = joined.roles(state, context, names?.(data as never) ?? {});
    if (may.some((role) => roles.includes(role))) return true;
    const { actor, standing } = context;
    if (actor.kind !== 'person' || !standing) return false;
    return may.some((role) => joined.rolesElsewhere?.[role]?.(standing()));
  }

  return {
    kind: joined.kind,
    fold: joined.fold,
    initial: joined.initial,
    parse(type, data) {
      return { type, data: parse(type, schemas[type]!, data) as never };
    },
    decide(command, state, context) {
      const stated = joined.ruleOf?.(command, state, context.actor) ?? own(rules, command.type);
      const rule = check(command.type, stated, state, context, command.data);
      joined.gate?.(state, rule, command, (...roles) => isAdmitted(roles, rule, state, context, command.data));
      return own(decisions, command.type)!(command.data, state, context) as readonly Decided[];
    },
    permit(query, state, context, data) {
      check(String(query), own(queryRules, String(query)), state, context, data);
    },
    standing(state, actor, now) {
      return joined.standing?.(state, actor, now) ?? nobody;
    },
    evolve(draft, event) {
      const transition = own(transitions, event.type);
      if (!transition) throw newerVersion(event);
      try {
        transition(draft, event.data, event);
        joined.always?.(draft, event.data, event);
      } catch (error) {
        throw own(definitions, event.type)!.schema.safeParse(event.data).success ? error : newerVersion(event, error);
      }
    },
    tags({ type, data }, actor, correlationId) {
      const traced = correlationId === undefined ? [] : [`correlation:${correlationId}`];
      return [...(own(definitions, type)?.tags?.(data) ?? []), `actor:${actor.kind}:${actor.id}`, ...traced];
    },
    sentence({ type, data }, names = plainNames) {
      return own(definitions, type)!.sentence(data, names);
    },
  };
}

function newerVersion({ log, position, type }: RecordedEvent, cause?: unknown): DaybookError<'NEWER_VERSION'> {
  return new DaybookError('NEWER_VERSION', { what: 'event', log, position, type }, { cause });
}

/** What a project's log says so far. */
export type ProjectState = ProjectSlice &
  PeopleSlice &
  LimitedAccessSlice &
  SupportSlice &
  TablesSlice &
  SnapshotsSlice &
  StorageJobsSlice &
  JobsSlice;

export { userEventDefinitions };
export const organizationEventDefinitions = { ...organizationEvents, ...auditorEvents, ...auditEvents };
export const projectEventDefinitions = {
  ...projectEvents,
  ...peopleEvents,
  ...auditorEvents,
  ...limitedAccessEvents,
  ...supportEvents,
  ...storageJobEvents,
  ...tableEvents,
  ...snapshotEvents,
  ...jobEvents,
  ...auditEvents,
};

/** Every schema of a command to a project. */
const commands = {
  ...projectCommands,
  ...peopleCommands,
  ...auditorCommands,
  ...limitedAccessCommands,
  ...supportCommands,
  ...storageJobCommands,
  ...tableCommands,
  ...snapshotCommands,
  ...jobCommands,
  ...auditCommands,
};
export type ProjectCommands = { [C in keyof typeof commands]: z.infer<(typeof commands)[C]> };

/** Every query of a project, and what it holds. */
export interface ProjectQueries
  extends ProjectOwnQueries,
    PeopleQueries,
    AuditorQueries,
    LimitedAccessQueries,
    SupportQueries,
    StorageJobQueries,
    TableQueries,
    SnapshotQueries,
    JobQueries,
    AuditQueries {}
export type ProjectQuery = keyof ProjectQueries;

export const projectQueries = {
  ...projectQueryAccess,
  ...peopleQueryAccess,
  ...auditorQueryAccess,
  ...limitedAccessQueryAccess,
  ...supportQueryAccess,
  ...storageJobQueryAccess,
  ...tableQueryAccess,
  ...snapshotQueryAccess,
  ...jobQueryAccess,
  ...auditQueryAccess,
} as const satisfies Access<ProjectQueries>;

/** Whoever may do an operation may begin its storage job, and as long as they may, start it and end it well. */
const operationCommands = {
  bucketCreate: 'CreateBucket',
  bucketDrop: 'DropBucket',
  tableCreate: 'CreateTable',
  tableLoad: 'LoadTable',
  tableRowsDelete: 'DeleteRows',
  tableTruncate: 'TruncateTable',
  tableColumnAdd: 'AddColumn',
  tableColumnDrop: 'DropColumn',
  tablePrimaryKeySet: 'SetPrimaryKey',
  tablePrimaryKeyDrop: 'DropPrimaryKey',
  tableRename: 'RenameTable',
  tableDrop: 'DropTable',
  tableRestore: 'RestoreTable',
  tableCompact: 'CompactTable',
  tableExport: 'ExportTable',
  tableRead: 'ReadTable',
  tableCopy: 'CopyTable',
  tableRevert: 'RevertTable',
  snapshotCreate: 'CreateSnapshot',
  snapshotDelete: 'DeleteSnapshot',
  dataVacuum: 'VacuumData',
} as const satisfies Record<Operation, keyof ProjectCommands>;

/** Who may do what in a project: the permission matrix. */
export const projectAccessTable = {
  ...projectAccess,
  ...peopleAccess,
  ...auditorAccess('administrator'),
  ...limitedAccessAccess,
  ...supportAccess,
  ...storageJobAccess,
  ...tableAccess,
  ...snapshotAccess,
  ...jobAccess,
  ...auditAccess,
};

export const projectDecider = join<ProjectState, ProjectCommands, ProjectQueries>({
  kind: 'project',
  fold: 'project-4',
  initial: { ...noProject, ...noPeople, ...noLimitedAccess, ...noSupport, ...noTables, ...noSnapshots, ...noStorageJobs, ...noJobs },
  events: projectEventDefinitions,
  commands,
  access: projectAccessTable,
  queryAccess: projectQueries,
  decisions: {
    ...decideProject,
    ...decidePeople,
    ...auditorDecisions<PeopleSlice>(isAdministrator),
    ...decideLimitedAccess,
    ...decideSupport,
    ...decideStorageJobs,
    ...decideTables,
    ...decideSnapshots,
    ...decideJobs,
    ...decideAudit,
  },
  transitions: {
    ...evolveProject,
    ...evolvePeople,
    ...evolveAuditors,
    ...evolveLimitedAccess,
    ...evolveSupport,
    ...evolveStorageJobs,
    ...evolveTables,
    ...evolveSnapshots,
    ...evolveJobs,
    ...evolveAudit,
  },
  ruleOf({ type, data }, { storageJobs }, actor) {
    if (type === 'CreateStorageJob') return operationRule(data as ProjectCommands['CreateStorageJob'], projectAccessTable[type].names);
    if (type !== 'StartStorageJob' && type !== 'SucceedStorageJob') return undefined;
    const { storageJob } = projectAccessTable[type].names(data as never);
    const begun = ownStorageJob(storageJobs, actor, storageJob);
    return begun && operationRule(begun, () => ({ tables: [begun.table], uids: [begun.uid] }));
  },
  roles(state, context, named) {
    const owner: Role[] = ownStorageJob(state.storageJobs, context.actor, named.storageJob) ? ['owner'] : [];
    return [...owner, ...projectRoles[context.actor.kind](state, context, named)];
  },
  rolesElsewhere: { member: ({ isMember }) => isMember, auditor: ({ isAuditor }) => isAuditor },
  gate(state, { whileDisabled = [], names }, { data, foreignJob }, is) {
    const { disabled } = state.project;
    if (disabled && whileDisabled !== true && !is(...whileDisabled)) throw new DaybookError('PROJECT_DISABLED', disabled);
    const { within: job } = names?.(data as never) ?? {};
    if (job !== undefined && !foreignJob) openJob(state, job);
  },
  always(draft, data, { recordedAt }) {
    const job = jobOfWork(draft, data);
    if (job !== undefined) hear(draft, job, recordedAt);
    endStorageJob(draft, data);
  },
});

/** What an actor of each kind is to a project. */
const projectRoles: Readonly<Record<Actor['kind'], (state: ProjectState, context: Context, named: Named) => readonly Role[]>> = {
  system: () => ['system'],
  person(state, { actor, now }, { invitation }) {
    const roles: Role[] = [];
    if (isAdministrator(state, actor.id, now)) roles.push('administrator');
    if (isAuditor(state, actor.id, now)) roles.push('auditor');
    if (invitation && isInvited(state, invitation.id, invitation.contact)) roles.push('invited');
    return roles;
  },
  support(state, { actor, now }) {
    return isSupporting(state, actor.id, now) ? ['staff', 'support'] : ['staff'];
  },
  limited(state, { actor, now }, named) {
    const access = validAccess(state, actor.id, now);
    return access ? limitedRoles(state, access, named) : [];
  },
};

/** The organization of which decisions on a project ask who somebody is: its own, or the one that it is to be created in. */
export function organizationOf({ project }: ProjectState, { data = {} }: { readonly data?: unknown } = {}): string {
  const { organization = '' } = data as Partial<ProjectCommands['CreateProject']>;
  return project.organization || organization;
}

/** Who may do what in an organization. */
export const organizationAccessTable = { ...organizationAccess, ...auditorAccess('member'), ...auditAccess };
export const organizationQueries = { ...organizationQueryAccess, ...auditorQueryAccess };

export const organizationDecider = join<
  OrganizationState,
  OrganizationCommands & AuditorCommands & AuditCommands,
  OrganizationQueries & AuditorQueries
>({
  kind: 'organization',
  fold: 'organization-2',
  initial: noOrganization,
  events: organizationEventDefinitions,
  commands: { ...organizationCommands, ...auditorCommands, ...auditCommands },
  access: organizationAccessTable,
  queryAccess: organizationQueries,
  decisions: { ...decideOrganization, ...auditorDecisions<OrganizationState>(isMember), ...decideAudit },
  transitions: { ...evolveOrganization, ...evolveAuditors, ...evolveAudit },
  roles(state, { actor, now }) {
    if (actor.kind === 'system') return ['system'];
    if (actor.kind !== 'person') return [];
    if (isMember(state, actor.id)) return ['person', 'member'];
    return isAuditor(state, actor.id, now) ? ['person', 'auditor'] : ['person'];
  },
  standing: (state, { kind, id }, now) => ({
    isMember: kind === 'person' && isMember(state, id),
    isAuditor: kind === 'person' && isAuditor(state, id, now),
    autoJoin: state.settings.allowSupportAutoJoin,
  }),
});

export const userDecider = join<UserState, UserCommands, UserQueries>({
  kind: 'user',
  fold: 'user-2',
  initial: noUser,
  events: userEventDefinitions,
  commands: userCommands,
  access: userAccess,
  queryAccess: userQueryAccess,
  decisions: decideUser,
  transitions: evolveUser,
  roles(_state, { actor }, { person }) {
    if (actor.kind === 'system') return ['system'];
    if (actor.kind === 'support') return ['staff'];
    if (actor.kind !== 'person') return [];
    return actor.id === person ? ['person', 'self'] : ['person'];
  },
});

/** Of work on a storage job: whoever the operation's command admits, by what the storage job names. */
function operationRule({ operation }: { readonly operation: Operation }, names: (data: never) => Named): AccessRule {
  const { may, whileDisabled }: AccessRule = projectAccessTable[operationCommands[operation]];
  return { may, names, ...(whileDisabled && { whileDisabled }) };
}

function ownStorageJob(open: StorageJobsSlice['storageJobs'], actor: Actor, id: string | undefined): OpenStorageJob | undefined {
  const found = id === undefined ? undefined : own(open, id);
  return found && isSame(found.actor, actor) ? found : undefined;
}
