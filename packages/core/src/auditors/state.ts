import { isOver } from '../expiry';
import { own } from '../message';

/** Somebody who reads everything and changes nothing. */
export interface Auditor {
  readonly since: string;
  readonly reason?: string;
  /** From then on they are none. */
  readonly expiresAt?: string;
}

/** By person. */
export interface AuditorsSlice {
  auditors: Record<string, Auditor>;
}

export const noAuditors: AuditorsSlice = { auditors: {} };

export function isAuditor({ auditors }: AuditorsSlice, person: string, now: string): boolean {
  const found = own(auditors, person);
  return found !== undefined && !isOver(found, now);
}
