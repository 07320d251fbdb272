import { STATUS_CODES } from 'node:http';
import { type ErrorCode, isDaybookError } from '@daybook/core';
import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { Env } from './env';
import { logError } from './log';

/** What each refusal is in HTTP. A code that is missing here does not compile. */
export const statuses: Readonly<Record<ErrorCode, ContentfulStatusCode>> = {
  ACCESS_DENIED: 403,
  ACCESS_NOT_FOUND: 404,
  ALREADY_INVITED: 409,
  ALREADY_MEMBER: 409,
  ALREADY_REQUESTED: 409,
  APPROVAL_REQUIRED: 403,
  AUTHENTICATION_FAILED: 401,
  BUCKET_EXISTS: 409,
  BUCKET_NOT_EMPTY: 409,
  BUCKET_NOT_FOUND: 404,
  COLUMN_EXISTS: 409,
  COLUMN_NOT_FOUND: 404,
  COLUMNS_DO_NOT_MATCH: 422,
  DUPLICATE_COLUMN: 422,
  DUPLICATE_KEY_VALUES: 409,
  IDEMPOTENCY_MISMATCH: 422,
  INVALID_BUCKET_NAME: 422,
  INVALID_COLUMN_NAME: 422,
  INVALID_INPUT: 422,
  INVALID_PRIMARY_KEY: 422,
  INVALID_TABLE_NAME: 422,
  INVALID_VALUE: 422,
  INVITATION_EXPIRED: 410,
  INVITATION_NOT_FOUND: 404,
  INVITING_YOURSELF: 422,
  JOB_CHILDREN_OPEN: 409,
  JOB_FINISHED: 409,
  JOB_NOT_FOUND: 404,
  JOB_TERMINATING: 409,
  JOB_TRANSITION_FORBIDDEN: 409,
  LAST_COLUMN: 409,
  LAST_MEMBER: 409,
  MALFORMED_INPUT: 422,
  NEWER_VERSION: 500,
  NO_COLUMNS: 422,
  ORGANIZATION_NOT_FOUND: 404,
  POSITION_NOT_FOUND: 404,
  PRIMARY_KEY_COLUMN: 409,
  PROJECT_DISABLED: 423,
  PROJECT_MOVED: 409,
  PROJECT_NOT_FOUND: 404,
  SNAPSHOT_NOT_FOUND: 404,
  STORAGE_JOB_NOT_FOUND: 404,
  STORE_CORRUPT: 500,
  STORE_UNAVAILABLE: 503,
  SUPPORT_REQUEST_NOT_FOUND: 404,
  TABLE_CHANGED: 409,
  TABLE_EXISTS: 409,
  TABLE_NOT_FOUND: 404,
  UNINTENDED_TRUNCATION: 422,
  VERSION_EXPIRED: 410,
  VERSION_NOT_FOUND: 404,
};

const headersByStatus: Readonly<Partial<Record<ContentfulStatusCode, Readonly<Record<string, string>>>>> = {
  401: { 'WWW-Authenticate': 'Bearer realm="daybook"' },
  503: { 'Retry-After': '5' },
};

/** Answers whatever was thrown, as RFC 9457 says. What is the server's own matter is logged, and not told. */
export function problem(error: unknown, c: Context<Env>): Response {
  const status = statusOf(error);
  const { requestId } = c.var;
  if (status >= 500) logError(error, { requestId, method: c.req.method, path: c.req.path });
  const told = status >= 500 ? { requestId } : tellable(error);
  const body = JSON.stringify({ title: STATUS_CODES[status], status, ...told });
  return c.body(body, status, { ...headersByStatus[status], 'Content-Type': 'application/problem+json' });
}

function statusOf(error: unknown): ContentfulStatusCode {
  if (isDaybookError(error)) return statuses[error.code];
  return error instanceof HTTPException ? (error.status as ContentfulStatusCode) : 500;
}

function tellable(error: unknown): object {
  if (isDaybookError(error)) return { detail: error.message, code: error.code, details: error.details };
  return error instanceof HTTPException && error.message !== '' ? { detail: error.message } : {};
}
