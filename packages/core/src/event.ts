import type { z } from 'zod';
import type { Actor } from './event-store';

/** How people are called in sentences. The log names them by ids; what these stand for may be forgotten. */
export interface Names {
  /** Of the embedding app's id. */
  person(id: string): string;
  /** Of who is reached at an e-mail address, by the contact's id. */
  contact(id: string): string;
  /** Of limited access. */
  access(id: string): string;
}

/** The log's own ids. */
export const plainNames: Names = { person: (id) => id, contact: () => 'someone', access: (id) => `limited access ${id}` };

/** How an actor is called in sentences. */
export function actorName({ kind, id }: Actor, names: Names): string {
  if (kind === 'system') return `the system (${id})`;
  if (kind === 'limited') return names.access(id);
  return kind === 'person' ? names.person(id) : `support ${names.person(id)}`;
}

/** Everything that is known of one kind of event, in one place. */
export interface EventDefinition<Data, Schema = z.ZodType<Data>> {
  /** The payload's shape. Stored for ever: fields are added as optional, a changed meaning is a new event. */
  readonly schema: Schema;
  /** What the actor did, in plain English, to follow the actor's name: "created bucket in.c-main". */
  readonly sentence: (data: Data, names: Names) => string;
  /** `kind:id`, by which slices of the log are read. The tags of the actor and of the correlation id come by themselves. */
  readonly tags?: (data: Data) => readonly string[];
}

/** Defines an event; the payload's type is inferred from its schema. */
export function event<S extends z.ZodType>(schema: S, about: Omit<EventDefinition<z.infer<S>>, 'schema'>): EventDefinition<z.infer<S>, S> {
  return { schema, ...about } as EventDefinition<z.infer<S>, S>;
}

/** A map of event name to payload, from a map of event name to definition. */
export type PayloadsOf<Definitions> = { [T in keyof Definitions]: Definitions[T] extends EventDefinition<infer Data> ? Data : never };
