import type { Transitions } from '../capability';
import type { AuditEvents } from './events';

export const evolveAudit = {
  /** Only history tells of it. */
  AccessRefused() {},
} satisfies Transitions<AuditEvents, object>;
