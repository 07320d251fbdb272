import { DaybookError } from '../errors';
import { isOver } from '../expiry';
import { own } from '../message';

/** Somebody of the support staff who is in the project. */
export interface SupportMember {
  readonly since: string;
  readonly reason: string;
  readonly expiresAt: string;
}

/** One that was not answered yet. */
export interface SupportRequest {
  readonly id: string;
  readonly person: string;
  readonly reason: string;
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly until?: string;
}

/** By staff member, and by request. */
export interface SupportSlice {
  support: Record<string, SupportMember>;
  supportRequests: Record<string, SupportRequest>;
}

export const noSupport: SupportSlice = { support: {}, supportRequests: {} };

export function isSupporting({ support }: SupportSlice, person: string, now: string): boolean {
  const found = own(support, person);
  return found !== undefined && !isOver(found, now);
}

/** Refuses: `SUPPORT_REQUEST_NOT_FOUND`; one that is over is none. */
export function requestOf({ supportRequests }: SupportSlice, id: string, now: string): SupportRequest {
  const found = own(supportRequests, id);
  if (!found || isOver(found, now)) throw new DaybookError('SUPPORT_REQUEST_NOT_FOUND', { request: id });
  return found;
}
