import { z } from 'zod';
import type { Access, CommandsOf, Decisions } from '../capability';
import type { PeopleEvent } from './events';
import { isAdministrator, type PeopleSlice } from './state';

export const peopleCommands = {
  /** Whoever asks becomes an administrator. */
  JoinProject: z.strictObject({}),
};
export type PeopleCommands = CommandsOf<typeof peopleCommands>;

export const peopleAccess = {
  JoinProject: { may: ['member'] },
} as const satisfies Access<keyof PeopleCommands>;

export const peopleQueryAccess = {
  administrators: { may: ['administrator', 'member', 'system'] },
} as const satisfies Access<string>;

export const decidePeople = {
  JoinProject(_command, state, { actor }): readonly PeopleEvent[] {
    return isAdministrator(state, actor.id) ? [] : [{ type: 'AdministratorJoined', data: { person: actor.id } }];
  },
} satisfies Decisions<PeopleCommands, PeopleEvent, PeopleSlice>;
