import type { Transitions } from '../capability';
import type { PeopleEvents } from './events';
import type { PeopleSlice } from './state';

export const evolvePeople = {
  AdministratorJoined(draft, { person }, { recordedAt }) {
    draft.administrators[person] = { since: recordedAt };
  },
} satisfies Transitions<PeopleEvents, PeopleSlice>;
