import { DaybookError, type ErrorCode, isDaybookError } from '@daybook/core';

const damaged = new Set(['XX001', 'XX002']); // data_corrupted, index_corrupted
const goingAway = new Set(['57P01', '57P02', '57P03', '53300']); // shut down by an administrator, by a crash, starting up, too many connections
const toBeRepeated = new Set(['40001', '40P01']); // serialization_failure, deadlock_detected

/** PostgreSQL's code of an error that it reported. */
export function sqlState(error: unknown): string | undefined {
  if (!(error instanceof Error && 'severity' in error && 'code' in error)) return undefined;
  return String(error.code);
}

/** Whether there was no server to answer, or none any more. */
export function isLost(error: unknown): boolean {
  const state = sqlState(error);
  if (state === undefined) return error instanceof Error && !(error instanceof TypeError) && !isDaybookError(error);
  return state.startsWith('08') || goingAway.has(state);
}

/** Whether the server undid a statement only because of what others did at the same time. */
export function isRepeatable(error: unknown): boolean {
  return toBeRepeated.has(sqlState(error) ?? '');
}

/** What a store may throw, whatever went wrong. */
export function storeError(what: string, cause: unknown): unknown {
  if (isDaybookError(cause) || cause instanceof TypeError) return cause;
  const code = damaged.has(sqlState(cause) ?? '') ? 'STORE_CORRUPT' : 'STORE_UNAVAILABLE';
  return new DaybookError<ErrorCode>(code, { what: `${what}: ${cause instanceof Error ? cause.message : String(cause)}` }, { cause });
}
