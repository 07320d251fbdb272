import { given } from '@daybook/testing';
import { describe, expect, it } from 'vitest';
import { openBook } from '../../test/book';
import { beginning, bob, joined, later, project, projectCreated, system } from '../../test/facts';

const create = { project: 'sales', organization: 'acme', name: 'Sales' };
const member = { isMember: true };
const disabled = { type: 'ProjectDisabled', data: { reason: 'unpaid', estimatedEnd: later(3) } } as const;

describe('a new project', () => {
  it('is a production project without an end, unless something else is asked for', () => {
    given().when({ type: 'CreateProject', data: create }, member).records(projectCreated());
  });

  it.each([
    ['production', undefined, undefined],
    ['demo', undefined, 30],
    ['poc', undefined, 30],
    ['demo', 5, 5],
    ['poc', 0.5, 0.5],
  ] as const)('of type %s that is to expire in %s days expires after %s', (type, expiresInDays, days) => {
    const expiresAt = days === undefined ? {} : { expiresAt: later(days) };
    given()
      .when({ type: 'CreateProject', data: { ...create, type, expiresInDays } }, { ...member, now: beginning })
      .records(projectCreated({ type, ...expiresAt }));
  });

  it('counts days as 24 hours, through changes of the clock anywhere', () => {
    given()
      .when({ type: 'CreateProject', data: { ...create, type: 'demo' } }, { ...member, now: '2026-03-01T12:00:00.000Z' })
      .stateSatisfies(({ project }) => expect(project.expiresAt).toBe('2026-03-31T12:00:00.000Z'));
  });

  it('remembers who created it and when, and has nothing yet', () => {
    given()
      .when({ type: 'CreateProject', data: { ...create, description: 'x', retentionDays: 0 } }, { ...member, actor: bob })
      .stateSatisfies(({ project, administrators }) => {
        expect(project).toMatchObject({
          createdBy: 'bob',
          createdAt: beginning,
          description: 'x',
          retentionDays: 0,
          features: [],
          metadata: {},
        });
        expect(administrators).toEqual({});
      });
  });

  it.each([
    ['a negative retention', { retentionDays: -1 }],
    ['a negative term', { type: 'demo', expiresInDays: -1 }],
    ['a term that is over at once', { type: 'demo', expiresInDays: 0 }],
    ['an unknown type', { type: 'toy' }],
    ['a blank name', { name: ' ' }],
    ['an infinite retention', { retentionDays: Number.POSITIVE_INFINITY }],
  ])('refuses %s', (_, more) => {
    given()
      .when({ type: 'CreateProject', data: { ...create, ...more } }, member)
      .refuses('INVALID_INPUT');
  });

  it('is for members of the organization', () => {
    given().when({ type: 'CreateProject', data: create }, { actor: bob }).refuses('ACCESS_DENIED');
    given()
      .when({ type: 'CreateProject', data: create }, { actor: system })
      .records(projectCreated({ createdBy: 'daybook' }));
  });
});

describe('an id that no project can have', () => {
  it.each(['', 'x'.repeat(65), 'x'.repeat(5_000), '../x', 'a/b', 'žluť'])('%s leads to none', async (id) => {
    const { alice } = await openBook();
    await expect(alice.project(id)).rejects.toMatchObject({ code: 'PROJECT_NOT_FOUND' });
    await expect(alice.organization(id)).rejects.toMatchObject({ code: 'ORGANIZATION_NOT_FOUND' });
  });
});

describe('a project', () => {
  it.each([
    [
      { type: 'RenameProject', data: { name: 'Trade' } },
      { type: 'ProjectRenamed', data: { name: 'Trade' } },
    ],
    [
      { type: 'DescribeProject', data: { description: 'All' } },
      { type: 'ProjectDescribed', data: { description: 'All' } },
    ],
    [
      { type: 'SetRetention', data: { retentionDays: 0 } },
      { type: 'RetentionSet', data: { retentionDays: 0 } },
    ],
    [
      { type: 'AddFeature', data: { feature: 'beta' } },
      { type: 'FeatureAdded', data: { feature: 'beta' } },
    ],
    [
      { type: 'SetProjectMetadata', data: { provider: 'crm', values: { owner: 'bob' } } },
      { type: 'ProjectMetadataSet', data: { provider: 'crm', values: { owner: 'bob' } } },
    ],
  ] as const)('%j leads to %j, and again to nothing', (command, event) => {
    given(...project)
      .when(command)
      .records(event);
    given(...project, event)
      .when(command)
      .records();
  });

  it('expires when members of the organization say, or never', () => {
    const set = { type: 'SetExpiry', data: { expiresAt: later(9) } } as const;
    const expirySet = { type: 'ExpirySet', data: { expiresAt: later(9) } } as const;
    given(...project)
      .when(set, member)
      .records(expirySet);
    given(...project, expirySet)
      .when(set, member)
      .records();
    given(...project, expirySet)
      .when({ type: 'SetExpiry', data: {} }, member)
      .records({ type: 'ExpirySet', data: {} })
      .stateSatisfies(({ project }) => expect(project).not.toHaveProperty('expiresAt'));
    given(...project)
      .when({ type: 'SetExpiry', data: {} }, member)
      .records();
    given(...project)
      .when(set)
      .refuses('ACCESS_DENIED');
  });

  it('expires at no time that has come', () => {
    for (const days of [-1, 0, 9]) {
      given(...project)
        .when({ type: 'SetExpiry', data: { expiresAt: later(days) } }, { ...member, now: later(9) })
        .refuses('INVALID_INPUT');
    }
  });

  it.each(['2026-01-01', '2026-01-01T00:00:00Z', 'tomorrow', '2026-01-01T00:00:00.000+01:00'])('takes no expiry like %s', (expiresAt) => {
    given(...project)
      .when({ type: 'SetExpiry', data: { expiresAt } }, member)
      .refuses('INVALID_INPUT');
  });

  it('switches features off, once', () => {
    const remove = { type: 'RemoveFeature', data: { feature: 'beta' } } as const;
    const past = [...project, { type: 'FeatureAdded', data: { feature: 'beta' } } as const];
    given(...past)
      .when(remove)
      .records({ type: 'FeatureRemoved', data: { feature: 'beta' } });
    given(...project)
      .when(remove)
      .records();
  });

  it('records only the metadata that changes, and null removes a key', () => {
    const set = (values: Record<string, string | null>) => ({ type: 'ProjectMetadataSet', data: { provider: 'crm', values } }) as const;
    given(...project, set({ owner: 'bob', stage: 'hot' }))
      .when({ type: 'SetProjectMetadata', data: { provider: 'crm', values: { owner: null, stage: 'hot', new: 'x', none: null } } })
      .records(set({ owner: null, new: 'x' }))
      .stateSatisfies(({ project }) => expect(project.metadata).toEqual({ crm: { stage: 'hot', new: 'x' } }));
  });

  it('keeps the metadata of providers apart, whatever they are called', () => {
    const set = (provider: string) => ({ type: 'SetProjectMetadata', data: { provider, values: { toString: 'x' } } }) as const;
    given(...project)
      .when(set('valueOf'))
      .stateSatisfies(({ project }) => expect(Object.entries(project.metadata)).toEqual([['valueOf', { toString: 'x' }]]));
    given(...project)
      .when(set('__proto__'))
      .refuses('INVALID_INPUT');
  });

  it('is disabled with a reason', () => {
    given(...project)
      .when({ type: 'DisableProject', data: { reason: 'unpaid', estimatedEnd: later(3) } })
      .records(disabled)
      .stateSatisfies(({ project }) => expect(project.disabled).toEqual({ ...disabled.data, since: beginning }));
    given(...project)
      .when({ type: 'DisableProject', data: { reason: ' ' } })
      .refuses('INVALID_INPUT');
  });

  it('is enabled again, once', () => {
    const enable = { type: 'EnableProject', data: {} } as const;
    given(...project, disabled)
      .when(enable)
      .records({ type: 'ProjectEnabled', data: {} })
      .stateSatisfies(({ project }) => expect(project).not.toHaveProperty('disabled'));
    given(...project)
      .when(enable)
      .records();
  });

  it('refuses access before it says that it is disabled', () => {
    given(...project, disabled)
      .when({ type: 'RenameProject', data: { name: 'x' } }, { actor: bob })
      .refuses('ACCESS_DENIED');
    given(...project, disabled)
      .when({ type: 'RenameProject', data: { name: 'x' } })
      .refuses('PROJECT_DISABLED');
    given(...project, disabled)
      .when({ type: 'RenameProject', data: { name: '' } })
      .refuses('INVALID_INPUT');
  });

  it('moves to another organization, once', () => {
    const move = (from: string, to: string) => ({ type: 'MoveProject', data: { from, to } }) as const;
    const moved = { type: 'ProjectMoved', data: { from: 'acme', to: 'apex' } } as const;
    given(...project)
      .when(move('acme', 'apex'), member)
      .records(moved);
    given(...project, moved)
      .when(move('apex', 'apex'), member)
      .records();
    given(...project, moved)
      .when(move('acme', 'peak'), member)
      .refuses('PROJECT_MOVED', { organization: 'apex' });
    given(...project)
      .when(move('acme', 'apex'))
      .refuses('ACCESS_DENIED');
  });

  it('is open to every administrator alike', () => {
    given(...project, { ...joined('bob'), actor: bob })
      .when({ type: 'RenameProject', data: { name: 'Bobs' } }, { actor: bob })
      .records({ type: 'ProjectRenamed', data: { name: 'Bobs' } });
  });
});
