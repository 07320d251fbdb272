import type { Transitions } from '../capability';
import type { SupportEvents } from './events';
import type { SupportSlice } from './state';

export const evolveSupport = {
  SupportJoined({ support }, { person, ...stay }, { recordedAt }) {
    support[person] = { since: recordedAt, ...stay };
  },
  SupportRequested({ supportRequests }, { request: id, ...asked }, { recordedAt }) {
    supportRequests[id] = { id, ...asked, createdAt: recordedAt };
  },
  SupportApproved({ support, supportRequests }, { request, person, ...stay }, { recordedAt }) {
    delete supportRequests[request];
    support[person] = { since: recordedAt, ...stay };
  },
  SupportRejected({ supportRequests }, { request }) {
    delete supportRequests[request];
  },
  SupportRequestExpired({ supportRequests }, { request }) {
    delete supportRequests[request];
  },
  SupportLeft({ support }, { person }) {
    delete support[person];
  },
  SupportRemoved({ support }, { person }) {
    delete support[person];
  },
  SupportExpired({ support }, { person }) {
    delete support[person];
  },
} satisfies Transitions<SupportEvents, SupportSlice>;
