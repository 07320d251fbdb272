import { z } from 'zod';
import { event, type PayloadsOf } from '../event';
import { foreignId } from '../fields';
import type { MessageOf } from '../message';

/** What can have happened to the people of a project. */
export const peopleEvents = {
  /** A member of the organization made themselves an administrator. */
  AdministratorJoined: event(z.strictObject({ person: foreignId }), {
    sentence: () => 'joined the project as an administrator',
    tags: (data) => [`person:${data.person}`],
  }),
};
export type PeopleEvents = PayloadsOf<typeof peopleEvents>;
export type PeopleEvent = MessageOf<PeopleEvents>;
