import type { z } from 'zod';
import type { Actor, RecordedEvent } from './event-store';

/** What a decision may know beside the state. */
export interface Context {
  readonly actor: Actor;
  /** ISO 8601 UTC; never before the log's last event. */
  readonly now: string;
}

/** What a transition may know beside the payload. */
export type Recorded = Pick<RecordedEvent, 'position' | 'recordedAt' | 'actor'>;

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

export interface AccessRule {
  readonly may: readonly Role[];
  /** The command works in a disabled project too. */
  readonly whileDisabled?: true;
}

/** Who may do what: one line a command or query. */
export type Access<Names extends PropertyKey> = { readonly [N in Names]: AccessRule };

/** A map of command name to payload, from the schemas that outside input must pass. */
export type CommandsOf<Schemas extends Readonly<Record<string, z.ZodType>>> = { [C in keyof Schemas]: z.infer<Schemas[C]> };
