import { isDaybookError } from '@daybook/core';
import { given } from '@daybook/testing';
import { describe, expect, it } from 'vitest';
import { all, openBook } from '../../test/book';
import { beginning, joined, later, project, supportJoined, system } from '../../test/facts';

const sue = { kind: 'support', id: 'sue' } as const;
const hours = (count: number) => later(count / 24);
const join = (more: object = {}) => ({ type: 'JoinForSupport', data: { reason: 'ticket 42', ...more } }) as const;
const ask = (more: object = {}) => ({ type: 'RequestSupport', data: { request: 'r2', reason: 'ticket 42', ...more } }) as const;
const requested = (request: string, more: { expiresAt?: string; until?: string } = {}) =>
  ({ type: 'SupportRequested', data: { request, person: 'sue', reason: 'ticket 42', expiresAt: later(7), ...more } }) as const;

describe('support staff', () => {
  it('come in with a reason and for a day, or for as long as they say', () => {
    given(...project)
      .when(join(), { actor: sue })
      .records(supportJoined('sue', hours(24)));
    given(...project)
      .when(join({ expiresAt: hours(2) }), { actor: sue })
      .records(supportJoined('sue', hours(2)));
    given(...project)
      .when(join({ reason: ' ' }), { actor: sue })
      .refuses('INVALID_INPUT');
  });

  it('are refused in this order: an end in the past, a member, without approval', () => {
    const present = given(...project, supportJoined('sue', later(1)));
    present.when(join({ expiresAt: beginning }), { actor: sue, autoJoin: false }).refuses('INVALID_INPUT');
    present.when(join(), { actor: sue, autoJoin: false }).refuses('ALREADY_MEMBER', { person: 'sue' });
    given(...project, joined('sue'))
      .when(join(), { actor: sue })
      .refuses('ALREADY_MEMBER');
    given(...project)
      .when(join(), { actor: sue, autoJoin: false })
      .refuses('APPROVAL_REQUIRED', { person: 'sue' });
    given(...project)
      .when(join(), { actor: { kind: 'person', id: 'sue' } })
      .refuses('ACCESS_DENIED');
  });

  it('ask once, and an administrator answers', () => {
    const asked = given(...project, requested('r1', { until: later(3) }));
    asked.when(ask(), { actor: sue }).refuses('ALREADY_REQUESTED', { request: 'r1' });
    const approved = (expiresAt: string) =>
      ({ type: 'SupportApproved', data: { request: 'r1', person: 'sue', reason: 'ticket 42', expiresAt } }) as const;
    asked
      .when({ type: 'ApproveSupport', data: { request: 'r1' } })
      .records(approved(later(3)))
      .stateSatisfies(({ support, supportRequests }) => {
        expect(support.sue).toEqual({ since: beginning, reason: 'ticket 42', expiresAt: later(3) });
        expect(supportRequests).toEqual({});
      });
    asked.when({ type: 'ApproveSupport', data: { request: 'r1', expiresAt: later(1) } }).records(approved(later(1)));
    given(...project, requested('r1'))
      .when({ type: 'ApproveSupport', data: { request: 'r1' } })
      .records(approved(hours(24)));
    asked
      .when({ type: 'RejectSupport', data: { request: 'r1' } })
      .records({ type: 'SupportRejected', data: { request: 'r1', person: 'sue' } });
    for (const actor of [sue, system, { kind: 'person', id: 'olga' } as const]) {
      asked.when({ type: 'ApproveSupport', data: { request: 'r1' } }, { actor, isMember: true }).refuses('ACCESS_DENIED');
    }
    asked.when({ type: 'ApproveSupport', data: { request: 'r9' } }).refuses('SUPPORT_REQUEST_NOT_FOUND', { request: 'r9' });
  });

  it('wait a week for the answer, and then may ask again', () => {
    const asked = given(...project, requested('r1'));
    asked.when({ type: 'ApproveSupport', data: { request: 'r1' } }, { now: later(7) }).refuses('SUPPORT_REQUEST_NOT_FOUND');
    asked.when(ask(), { actor: sue, now: later(7) }).records(requested('r2', { expiresAt: later(14) }));
    asked
      .when({ type: 'ExpireSupport', data: {} }, { actor: system, now: later(7) })
      .records({ type: 'SupportRequestExpired', data: { request: 'r1', person: 'sue', expiresAt: later(7) } });
    given(...project)
      .when(ask({ until: hours(5) }), { actor: sue })
      .records(requested('r2', { expiresAt: hours(5), until: hours(5) }));
  });

  it('may nothing any more once their time is over, were sent away or left', () => {
    const present = given(...project, supportJoined('sue', later(1)));
    const leave = { type: 'LeaveSupport', data: {} } as const;
    present.when(leave, { actor: sue }).records({ type: 'SupportLeft', data: { person: 'sue' } });
    present.when(leave, { actor: sue, now: later(1) }).refuses('ACCESS_DENIED');
    present.when({ type: 'RemoveSupport', data: { person: 'sue' } }).records({ type: 'SupportRemoved', data: { person: 'sue' } });
    present
      .when({ type: 'ExpireSupport', data: {} }, { actor: system, now: later(1) })
      .records({ type: 'SupportExpired', data: { person: 'sue', expiresAt: later(1) } });
  });
});

describe('a support visit', () => {
  it('is seen by the administrators, from the request to the last thing done', async () => {
    const { daybook, organization, project, day } = await openBook();
    await organization.changeSettings({ allowSupportAutoJoin: false });
    const session = daybook.as({ kind: 'support', id: 'sue' });
    const refusal = await session.joinProject(project.id, { reason: 'ticket 42' }).catch((error) => error);
    expect(isDaybookError(refusal, 'APPROVAL_REQUIRED')).toBe(true);

    const { id } = await session.requestToJoin(project.id, { reason: 'ticket 42' });
    expect(await project.supportRequests()).toEqual([{ id, person: 'sue', reason: 'ticket 42', createdAt: later(0), expiresAt: later(7) }]);
    await project.approveSupport(id);
    expect(await project.support()).toEqual([{ id: 'sue', since: later(0), reason: 'ticket 42', expiresAt: later(1) }]);
    const visited = await session.project(project.id);
    day(0.5);
    await visited.createBucket({ stage: 'in', name: 'fixed' });
    expect((await project.overview()).support).toEqual([
      { id: 'sue', since: later(0), reason: 'ticket 42', expiresAt: later(1), lastActivityAt: later(0.5) },
    ]);
    await session.leaveProject(project.id);
    expect(await project.support()).toEqual([]);
    expect((await all(project.history({ actor: { kind: 'support', id: 'sue' } }))).map(({ sentence }) => sentence)).toEqual([
      'support sue asked to join the project for support: ticket 42',
      'support sue created bucket in.c-fixed',
      'support sue left the project',
    ]);

    await organization.changeSettings({ allowSupportAutoJoin: true });
    await session.joinProject(project.id, { reason: 'ticket 43' });
    day(1.5);
    expect(await project.support()).toEqual([]);
    expect(await daybook.runDue()).toEqual({ abandoned: 0, expired: 1, failed: [] });
    expect(await daybook.runDue()).toEqual({ abandoned: 0, expired: 0, failed: [] });
  });
});
