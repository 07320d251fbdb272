import type { z } from 'zod';
import type { Actor, RecordedEvent } from './event-store';

/** What a decision may know beside the state. */
export interface Context {
  readonly actor: Actor;
  /** ISO 8601 UTC; never before the log's last event. */
  readonly now: string;
  /** Asks another log who the actor is: for a project its organization. What is decided then stands only as long as that log stays as it is. */
  readonly standing?: () => Standing;
}

/** What a log says of an actor, to decisions on other logs. */
export interface Standing {
  /** Whether the actor is a member of the organization. */
  readonly isMember: boolean;
  /** Whether the actor is an auditor of the organization. */
  readonly isAuditor: boolean;
  /** Whether support staff may join the organization's projects without being let in. */
  readonly autoJoin: boolean;
}

/** What a transition may know beside the payload. */
export type Recorded = Pick<RecordedEvent, 'position' | 'recordedAt' | 'actor' | 'correlationId'>;

/** One decision a command: the events it leads to, or a thrown refusal. `[]` = it is so already. */
export type Decisions<Commands, Event, Slice> = {
  readonly [C in keyof Commands]: (command: Commands[C], state: Slice, context: Context) => readonly Event[];
};

/** One transition an event: how it changes the draft of the state. Never refuses, never asks the clock. */
export type Transitions<Events, Slice> = {
  readonly [E in keyof Events]: (draft: Slice, data: Events[E], recorded: Recorded) => void;
};

/** What an actor can be to a project or an organization. */
export type Role =
  /** An administrator of the project. */
  | 'administrator'
  /** An auditor of the project or of its organization, or, of an organization, of that. Reads everything and changes nothing. */
  | 'auditor'
  /** A member of the organization, or of the project's organization. */
  | 'member'
  /** Support staff who have joined the project. */
  | 'support'
  /** Any support staff. */
  | 'staff'
  /** Limited access that may read every bucket that is named. Answers are narrowed to what was granted. */
  | 'reader'
  /** Limited access that may write into every bucket that is named. */
  | 'writer'
  /** Limited access that may run the component's jobs, and created the jobs that are named. */
  | 'runner'
  /** Whoever began the storage job that the command is about. */
  | 'owner'
  /** Whom the invitation is for. */
  | 'invited'
  /** Whose personal data it is. */
  | 'self'
  /** Any person who has been authenticated. */
  | 'person'
  /** Daybook itself: maintenance, and whatever the embedding app does in its own name. */
  | 'system';

/** Roles that hold with respect to what a command or query names. */
export type NamingRole = 'reader' | 'writer' | 'runner' | 'owner' | 'invited' | 'self';

/** Undefined where the request leaves one out. */
type Ids = readonly (string | undefined)[];

/** Tables and what comes of them. */
interface NamedTables {
  /** Ids of tables, there or not: what lies before the last dot is the bucket. */
  readonly tables?: Ids;
  /** Tables by what they are for ever: work that began on one goes on with it, wherever it is now. */
  readonly uids?: Ids;
  readonly snapshots?: Ids;
}

/** What a command or query is about, as its rule says. Everything that is named has to be the actor's to use; who names nothing gets nothing. */
export interface Named extends NamedTables {
  readonly buckets?: Ids;
  /** What is only read from, whatever is done to the rest. */
  readonly from?: NamedTables;
  /** Whose jobs are run. */
  readonly components?: Ids;
  /** The embedding app's jobs that are driven, or begun below. */
  readonly jobs?: Ids;
  /** The embedding app's job that work is done in. It has not ended. */
  readonly within?: string | undefined;
  readonly storageJob?: string;
  readonly invitation?: { readonly id: string; readonly contact: string };
  /** The embedding app's id. */
  readonly person?: string;
  /** Naming nothing is fine: the answer holds nothing but what was granted. */
  readonly narrowed?: true;
}

/** The rule of a query that names nothing and answers with what was granted. */
export const narrowed = () => ({ narrowed: true }) as const;

/** Who may. A rule that admits a role which depends on what is named says what that is. */
export type AccessRule<Payload = never> = {
  /** The command works in a disabled project too; with roles, for whoever has one of them. */
  readonly whileDisabled?: true | readonly Exclude<Role, NamingRole>[];
} & (
  | { readonly may: readonly Exclude<Role, NamingRole>[]; readonly names?: undefined }
  | { readonly may: readonly Role[]; readonly names: (payload: Payload) => Named }
);

/** Who may do what: one line a command or query. From a map of its name to what it holds. */
export type Access<Payloads> = { readonly [N in keyof Payloads]: AccessRule<Payloads[N]> };

/** What a query holds that names nothing. */
export type Nothing = Readonly<Record<never, never>>;

/** A map of command name to payload, from the schemas that outside input must pass. */
export type CommandsOf<Schemas extends Readonly<Record<string, z.ZodType>>> = { [C in keyof Schemas]: z.infer<Schemas[C]> };
