import type { Transitions } from '../capability';
import type { AuditorEvents } from './events';
import type { AuditorsSlice } from './state';

export const evolveAuditors = {
  AuditorAdded({ auditors }, { person, ...temporary }, { recordedAt }) {
    auditors[person] = { since: recordedAt, ...temporary };
  },
  AuditorRemoved({ auditors }, { person }) {
    delete auditors[person];
  },
  AuditorExpired({ auditors }, { person }) {
    delete auditors[person];
  },
} satisfies Transitions<AuditorEvents, AuditorsSlice>;
