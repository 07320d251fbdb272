import { given } from '@daybook/testing';
import { describe, expect, it } from 'vitest';
import { alice, beginning, bob, joined, project, projectCreated, system } from '../../test/facts';

const join = { type: 'JoinProject', data: {} } as const;

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
});
