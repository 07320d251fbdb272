import { given } from '@daybook/testing';
import { describe, expect, it } from 'vitest';
import { alice, beginning, bob, invited, joined, later, project, projectCreated, system } from '../../test/facts';

const join = { type: 'JoinProject', data: {} } as const;
const member = { actor: { kind: 'person', id: 'olga' }, isMember: true } as const;
const add = (person: string, more: object = {}) => ({ type: 'AddAdministrator', data: { person, ...more } }) as const;
const added = (person: string, more: { reason?: string; expiresAt?: string } = {}) =>
  ({ type: 'AdministratorAdded', data: { person, ...more } }) as const;

describe('the people of a project', () => {
  it('begin with a member of the organization who joins', () => {
    given(projectCreated())
      .when(join, { actor: alice, isMember: true })
      .records(joined('alice'))
      .stateSatisfies(({ administrators }) => expect(administrators).toEqual({ alice: { since: beginning } }));
  });

  it('join once', () => {
    given(...project)
      .when(join, { isMember: true })
      .records();
  });

  it('do not join without the organization, nor does the system', () => {
    given(...project)
      .when(join, { actor: bob })
      .refuses('ACCESS_DENIED', { action: 'JoinProject', actor: 'person bob' });
    given(...project)
      .when(join, { actor: system })
      .refuses('ACCESS_DENIED');
    given(...project)
      .when(join, { actor: { kind: 'limited', id: 'alice' }, isMember: true })
      .refuses('ACCESS_DENIED');
  });

  it('do not join a disabled project', () => {
    given(...project, { type: 'ProjectDisabled', data: { reason: 'unpaid' } })
      .when(join, { actor: bob, isMember: true })
      .refuses('PROJECT_DISABLED', { reason: 'unpaid', since: beginning });
  });

  it('are added by a member of the organization, for good or until an instant', () => {
    given(...project)
      .when(add('carol'), member)
      .records(added('carol'));
    given(...project)
      .when(add('carol', { reason: 'the audit', expiresAt: later(30) }), member)
      .records(added('carol', { reason: 'the audit', expiresAt: later(30) }))
      .stateSatisfies(({ administrators }) =>
        expect(administrators.carol).toEqual({ since: beginning, reason: 'the audit', expiresAt: later(30) }),
      );
    given(...project)
      .when(add('carol'))
      .refuses('ACCESS_DENIED');
  });

  it('are added once, and not for a time that is over', () => {
    given(...project)
      .when(add('alice'), member)
      .refuses('ALREADY_MEMBER', { person: 'alice' });
    given(...project)
      .when(add('carol', { expiresAt: beginning }), member)
      .refuses('INVALID_INPUT');
  });

  it('are none any more from the instant on at which their time is over, whether or not it was recorded', () => {
    const temporary = given(...project, added('carol', { expiresAt: later(1) }));
    const rename = { type: 'RenameProject', data: { name: 'X' } } as const;
    const carol = { kind: 'person', id: 'carol' } as const;
    const before = new Date(Date.parse(later(1)) - 1).toISOString();
    temporary.when(rename, { actor: carol, now: before }).records({ type: 'ProjectRenamed', data: { name: 'X' } });
    temporary.when(rename, { actor: carol, now: later(1) }).refuses('ACCESS_DENIED');
    temporary.when(add('carol'), { ...member, now: later(1) }).records(added('carol'));
    temporary
      .when({ type: 'ExpirePeople', data: {} }, { actor: system, now: later(2) })
      .records({ type: 'AdministratorExpired', data: { person: 'carol', expiresAt: later(1) } });
  });

  it('are removed, or leave', () => {
    const two = given(...project, joined('bob'));
    const remove = { type: 'RemoveAdministrator', data: { person: 'bob' } } as const;
    two.when(remove).records({ type: 'AdministratorRemoved', data: { person: 'bob' } });
    two.when({ type: 'LeaveProject', data: {} }, { actor: bob }).records({ type: 'AdministratorLeft', data: { person: 'bob' } });
    given(...project)
      .when(remove)
      .records();
    given(...project)
      .when({ type: 'LeaveProject', data: {} }, { actor: bob })
      .refuses('ACCESS_DENIED');
  });
});

describe('an invitation', () => {
  const invite = (more: object = {}) =>
    ({ type: 'InvitePerson', data: { invitation: 'i2', contact: 'c2', expiresAt: later(14), ...more } }) as const;
  const accept = { type: 'AcceptInvitation', data: { invitation: 'i1', contact: 'c1' } } as const;
  const dan = { kind: 'person', id: 'dan' } as const;

  it('is refused in this order: an end in the past, an open one, oneself, an administrator', () => {
    const past = given(...project, joined('bob'), invited('i1', 'c1'));
    past.when(invite({ contact: 'c1', person: 'alice', expiresAt: beginning })).refuses('INVALID_INPUT');
    past.when(invite({ contact: 'c1', person: 'alice' })).refuses('ALREADY_INVITED', { invitation: 'i1' });
    past.when(invite({ person: 'alice' })).refuses('INVITING_YOURSELF', { person: 'alice' });
    past.when(invite({ person: 'bob' })).refuses('ALREADY_MEMBER', { person: 'bob' });
    past.when(invite({ person: 'dan' })).records(invited('i2', 'c2'));
  });

  it('makes an administrator of whom it is for, for as long as it says', () => {
    given(...project, invited('i1', 'c1', { membershipExpiresAt: later(90) }))
      .when(accept, { actor: dan, now: later(1) })
      .records({ type: 'InvitationAccepted', data: { invitation: 'i1', person: 'dan', expiresAt: later(90) } })
      .stateSatisfies(({ administrators, invitations }) => {
        expect(administrators.dan).toEqual({ since: later(1), expiresAt: later(90) });
        expect(invitations).toEqual({});
      });
  });

  it('is answered by nobody else, and once', () => {
    const past = given(...project, invited('i1', 'c1'));
    past
      .when({ type: 'AcceptInvitation', data: { invitation: 'i1', contact: 'c2' } }, { actor: dan })
      .refuses('ACCESS_DENIED', { action: 'AcceptInvitation', actor: 'person dan' });
    past.when(accept, { actor: { kind: 'support', id: 'dan' } }).refuses('ACCESS_DENIED');
    given(...project, invited('i1', 'c1'), { type: 'InvitationDeclined', data: { invitation: 'i1' } })
      .when(accept, { actor: dan })
      .refuses('ACCESS_DENIED');
  });

  it('is over at its end, and then another may be sent', () => {
    const past = given(...project, invited('i1', 'c1', { expiresAt: later(14) }));
    past.when(accept, { actor: dan, now: later(14) }).refuses('INVITATION_EXPIRED', { invitation: 'i1', expiredAt: later(14) });
    past.when(invite({ contact: 'c1', expiresAt: later(20) }), { now: later(14) }).records(invited('i2', 'c1', { expiresAt: later(20) }));
    past
      .when({ type: 'ExpirePeople', data: {} }, { actor: system, now: later(14) })
      .records({ type: 'InvitationExpired', data: { invitation: 'i1', contact: 'c1', expiresAt: later(14) } });
  });

  it('is cancelled while it is open', () => {
    const past = given(...project, invited('i1', 'c1'));
    past
      .when({ type: 'CancelInvitation', data: { invitation: 'i1' } })
      .records({ type: 'InvitationCancelled', data: { invitation: 'i1', contact: 'c1' } });
    past.when({ type: 'CancelInvitation', data: { invitation: 'i9' } }).refuses('INVITATION_NOT_FOUND', { invitation: 'i9' });
  });
});
