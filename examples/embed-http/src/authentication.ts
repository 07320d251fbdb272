import { type Daybook, DaybookError, type Session } from '@daybook/core';
import type { MiddlewareHandler } from 'hono';
import type { Env } from './env';
import type { Users } from './users';

/** `Authorization: Bearer …`: a secret of limited access, or the token of a person. Whatever else comes is refused in the same words. */
export function authentication(daybook: Daybook, users: Users): MiddlewareHandler<Env> {
  return async (c, next) => {
    const token = /^Bearer +(\S+)$/i.exec(c.req.header('Authorization') ?? '')?.[1];
    c.set('session', await sessionOf(token, c.get('requestId'), daybook, users));
    await next();
  };
}

// #region session
async function sessionOf(token: string | undefined, correlationId: string, daybook: Daybook, users: Users): Promise<Session> {
  if (token?.startsWith('dbk_')) return daybook.authenticate(token, { correlationId });
  const user = token === undefined ? undefined : users.withToken(token);
  if (!user) throw new DaybookError('AUTHENTICATION_FAILED', {});
  return daybook.as({ kind: 'person', id: user.id, email: user.email, correlationId });
}
// #endregion
