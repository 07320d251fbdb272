import { givenOrganization } from '@daybook/testing';
import { describe, expect, it } from 'vitest';
import { alice, bob, organizationCreated, system } from '../../test/facts';

const added = (person: string) => ({ type: 'MemberAdded', data: { person } }) as const;
const organization = givenOrganization(organizationCreated);

describe('an organization', () => {
  it('begins with who created it as its only member', () => {
    givenOrganization()
      .when({ type: 'CreateOrganization', data: { name: 'Acme' } })
      .records(organizationCreated)
      .stateSatisfies(({ name, members, settings }) => {
        expect(name).toBe('Acme');
        expect(Object.keys(members)).toEqual(['alice']);
        expect(settings).toEqual({ allowSupportAutoJoin: true });
      });
  });

  it.each([
    ['an empty name', { name: '' }],
    ['a blank name', { name: ' \n' }],
    ['a name over 255 characters', { name: 'x'.repeat(256) }],
    ['no name', {}],
    ['more than it knows', { name: 'Acme', motto: 'x' }],
  ])('refuses %s', (_, data) => {
    givenOrganization().when({ type: 'CreateOrganization', data }).refuses('INVALID_INPUT');
  });

  it('is renamed, once', () => {
    const renamed = { type: 'OrganizationRenamed', data: { name: 'Apex' } } as const;
    const rename = { type: 'RenameOrganization', data: { name: 'Apex' } } as const;
    organization.when(rename).records(renamed);
    givenOrganization(organizationCreated, renamed).when(rename).records();
  });

  it('changes its settings, once', () => {
    const changed = { type: 'OrganizationSettingsChanged', data: { allowSupportAutoJoin: false } } as const;
    const change = { type: 'ChangeOrganizationSettings', data: { allowSupportAutoJoin: false } } as const;
    organization
      .when(change)
      .records(changed)
      .stateSatisfies(({ settings }) => expect(settings.allowSupportAutoJoin).toBe(false));
    givenOrganization(organizationCreated, changed).when(change).records();
  });

  it('adds a member, once', () => {
    const add = { type: 'AddMember', data: { person: 'bob' } } as const;
    organization.when(add).records(added('bob'));
    givenOrganization(organizationCreated, added('bob')).when(add).records();
  });

  it.each(['constructor', '__proto__', 'prototype'])('refuses a member called %s', (person) => {
    organization.when({ type: 'AddMember', data: { person } }).refuses('INVALID_INPUT');
  });

  it.each(['toString', 'hasOwnProperty', 'valueOf'])('knows that %s is no member', (person) => {
    organization.when({ type: 'RemoveMember', data: { person } }).records();
    organization
      .when({ type: 'RenameOrganization', data: { name: 'x' } }, { actor: { kind: 'person', id: person } })
      .refuses('ACCESS_DENIED');
  });

  it('removes a member, also oneself, and someone else again: nothing', () => {
    const past = givenOrganization(organizationCreated, added('bob'));
    past.when({ type: 'RemoveMember', data: { person: 'bob' } }).records({ type: 'MemberRemoved', data: { person: 'bob' } });
    past.when({ type: 'RemoveMember', data: { person: 'alice' } }).records({ type: 'MemberRemoved', data: { person: 'alice' } });
    past.when({ type: 'RemoveMember', data: { person: 'carol' } }).records();
  });

  it('keeps its last member', () => {
    organization.when({ type: 'RemoveMember', data: { person: 'alice' } }).refuses('LAST_MEMBER', { person: 'alice' });
    organization.when({ type: 'RemoveMember', data: { person: 'alice' } }, { actor: system }).refuses('LAST_MEMBER');
  });

  it('lists a project, once, until it moves away', () => {
    const add = { type: 'AddProject', data: { project: 'sales', name: 'Sales' } } as const;
    const remove = { type: 'RemoveProject', data: { project: 'sales' } } as const;
    const projectAdded = { type: 'ProjectAdded', data: { project: 'sales', name: 'Sales' } } as const;
    organization.when(add).records(projectAdded);
    organization.when(remove).records();
    const past = givenOrganization(organizationCreated, projectAdded);
    past.when(add).records();
    past
      .when(remove)
      .records({ type: 'ProjectRemoved', data: { project: 'sales' } })
      .stateSatisfies(({ projects }) => expect(projects).toEqual({}));
  });

  it.each([
    { type: 'RenameOrganization', data: { name: 'Mine' } },
    { type: 'ChangeOrganizationSettings', data: { allowSupportAutoJoin: false } },
    { type: 'AddMember', data: { person: 'bob' } },
    { type: 'RemoveMember', data: { person: 'alice' } },
    { type: 'AddProject', data: { project: 'sales', name: 'Sales' } },
    { type: 'RemoveProject', data: { project: 'sales' } },
  ] as const)('refuses $type to who is no member, before anything else is looked at', (command) => {
    organization.when(command, { actor: bob }).refuses('ACCESS_DENIED', { action: command.type, actor: 'person bob' });
  });

  it('looks at the input before it looks at who asks', () => {
    organization.when({ type: 'RenameOrganization', data: { name: 1 } }, { actor: bob }).refuses('INVALID_INPUT');
  });

  it('goes on without who created it', () => {
    const past = givenOrganization(organizationCreated, added('bob'), { type: 'MemberRemoved', data: { person: 'alice' }, actor: bob });
    past.when({ type: 'AddMember', data: { person: 'carol' } }, { actor: alice }).refuses('ACCESS_DENIED');
    past.when({ type: 'AddMember', data: { person: 'carol' } }, { actor: bob }).records(added('carol'));
  });
});
