import { describe, expect, it } from 'vitest';
import { given, givenOrganization, type ProjectEvent } from './given';

const created: ProjectEvent = {
  type: 'ProjectCreated',
  data: {
    project: 'sales',
    organization: 'acme',
    name: 'Sales',
    description: '',
    type: 'production',
    retentionDays: 7,
    createdBy: 'alice',
  },
};
const joined: ProjectEvent = { type: 'AdministratorJoined', data: { person: 'alice' } };
const rename = { type: 'RenameProject', data: { name: 'Sales 2' } } as const;
const renamed: ProjectEvent = { type: 'ProjectRenamed', data: { name: 'Sales 2' } };

describe('given a past', () => {
  it('passes where the events are those expected', () => {
    given(created, joined)
      .when(rename)
      .records(renamed)
      .stateSatisfies(({ project }) => expect(project.name).toBe('Sales 2'));
  });

  it('passes where the refusal is the one expected', () => {
    given(created).when(rename).refuses('ACCESS_DENIED', { action: 'RenameProject', actor: 'person alice' });
    givenOrganization()
      .when({ type: 'CreateOrganization', data: { name: '' } })
      .refuses('INVALID_INPUT');
  });

  it('fails where other events come, and says what was asked', () => {
    const decision = given(created, joined).when(rename);
    expect(() => decision.records()).toThrow(/RenameProject \{"name":"Sales 2"\}, asked by person alice after 2 events: other events/);
    expect(() => decision.records({ ...renamed, data: { name: 'Sales' } } as ProjectEvent)).toThrow(/other events/);
  });

  it('fails where a refusal comes instead of events, and says which', () => {
    expect(() => given(created).when(rename).records(renamed)).toThrow(/refused with ACCESS_DENIED/);
  });

  it('fails where events come instead of a refusal, or another refusal', () => {
    expect(() => given(created, joined).when(rename).refuses('ACCESS_DENIED')).toThrow(/not refused/);
    expect(() => given(created).when(rename).refuses('PROJECT_DISABLED')).toThrow(/another refusal than expected/);
    expect(() => given(created).when(rename).refuses('ACCESS_DENIED', { action: 'x', actor: 'y' })).toThrow(/other details/);
  });

  it('fails where the past cannot have happened', () => {
    expect(() => given({ type: 'ProjectRenamed', data: { name: '' } })).toThrow(/not what its schema says/);
    expect(() => given({ ...created, data: { ...created.data, expiresAt: undefined } })).not.toThrow();
    expect(() => given({ type: 'Nonsense', data: {} } as never)).toThrow(/no event Nonsense/);
  });

  it('keeps the time and the actor of each event', () => {
    const bob = { kind: 'person', id: 'bob' } as const;
    const { state } = given({ ...created, at: '2026-02-01T00:00:00.000Z' }, { ...joined, data: { person: 'bob' }, actor: bob });
    expect(state.project.createdAt).toBe('2026-02-01T00:00:00.000Z');
    expect(state.administrators).toEqual({ bob: { since: '2026-02-01T00:00:00.000Z' } });
  });
});
