import { given, givenOrganization } from '@daybook/testing';
import { describe, expect, it } from 'vitest';
import { all, type Book, openBook, textSink } from '../../test/book';
import { alice, auditorAdded, bob, invited, joined, later, project, system } from '../../test/facts';
import { isDaybookError } from '../errors';

const add = (person: string, more: object = {}) => ({ type: 'AddAuditor', data: { person, ...more } }) as const;
const remove = (person: string) => ({ type: 'RemoveAuditor', data: { person } }) as const;
const organization = givenOrganization({ type: 'OrganizationCreated', data: { name: 'Acme', member: 'alice' } });

describe('the auditors of a project', () => {
  it('are added with a reason and an end, once', () => {
    const temporary = { reason: 'year end', expiresAt: later(30) };
    given(...project)
      .when(add('erin', temporary))
      .records({ type: 'AuditorAdded', data: { person: 'erin', ...temporary } });
    given(...project, auditorAdded('erin'))
      .when(add('erin'))
      .refuses('ALREADY_MEMBER', { person: 'erin' });
    given(...project)
      .when(add('erin', { expiresAt: later(-1) }))
      .refuses('INVALID_INPUT');
    given(...project)
      .when(add('alice'))
      .refuses('ALREADY_MEMBER', { person: 'alice' });
  });

  it('are taken away, once, in a disabled project too', () => {
    const past = given(...project, auditorAdded('erin'), { type: 'ProjectDisabled', data: { reason: 'unpaid' } });
    past.when(remove('erin')).records({ type: 'AuditorRemoved', data: { person: 'erin' } });
    past.when(remove('fay')).records();
    past.when(add('fay')).refuses('PROJECT_DISABLED');
  });

  it('have one role at a time: who becomes an administrator stops being an auditor', () => {
    const past = given(...project, auditorAdded('bob'));
    past
      .when({ type: 'AddAdministrator', data: { person: 'bob' } }, { isMember: true })
      .records({ type: 'AdministratorAdded', data: { person: 'bob' } })
      .stateSatisfies(({ auditors }) => expect(auditors).toEqual({}));
    given(...project, auditorAdded('bob'), joined('bob'), { type: 'AdministratorLeft', data: { person: 'bob' }, actor: bob })
      .when({ type: 'ExpireAuditors', data: {} }, { actor: system, now: later(100) })
      .records();
  });

  it('leave by themselves', () => {
    given(...project, auditorAdded('bob'))
      .when({ type: 'LeaveProject', data: {} }, { actor: bob })
      .records({ type: 'AuditorLeft', data: { person: 'bob' } });
  });

  it('are over at their end, which runDue records once', () => {
    const past = given(...project, auditorAdded('bob', later(1)), auditorAdded('erin'));
    past.when({ type: 'LeaveProject', data: {} }, { actor: bob, now: later(1) }).refuses('ACCESS_DENIED');
    past
      .when({ type: 'ExpireAuditors', data: {} }, { actor: system, now: later(1) })
      .records({ type: 'AuditorExpired', data: { person: 'bob', expiresAt: later(1) } });
  });

  it('come by invitation, which lowers nobody', () => {
    const invitation = {
      type: 'InvitationCreated',
      data: { invitation: 'i', contact: 'c', role: 'auditor', expiresAt: later(1) },
    } as const;
    const accept = { type: 'AcceptInvitation', data: { invitation: 'i', contact: 'c' } } as const;
    const accepted = { type: 'InvitationAccepted', data: { invitation: 'i', person: 'bob', role: 'auditor' } } as const;
    const lapsed = (person: string) => ({ type: 'InvitationLapsed', data: { invitation: 'i', contact: 'c', person } }) as const;
    given(...project, invitation)
      .when(accept, { actor: bob })
      .records(accepted)
      .stateSatisfies(({ auditors, administrators }) => expect([Object.keys(auditors), administrators.bob]).toEqual([['bob'], undefined]));
    given(...project, invitation)
      .when(accept, { actor: alice })
      .records(lapsed('alice'));
    given(...project, invitation, auditorAdded('bob', later(1)))
      .when(accept, { actor: bob })
      .records(lapsed('bob'))
      .stateSatisfies(({ auditors }) => expect(auditors.bob?.expiresAt).toBe(later(1)));
    given(...project, invited('i', 'c'), auditorAdded('bob'))
      .when(accept, { actor: bob })
      .records({ type: 'InvitationAccepted', data: { invitation: 'i', person: 'bob' } })
      .stateSatisfies(({ auditors }) => expect(auditors).toEqual({}));
  });
});

describe('the auditors of an organization', () => {
  it('are added and removed by members', () => {
    organization.when(add('erin')).records({ type: 'AuditorAdded', data: { person: 'erin' } });
    organization.when(add('erin'), { actor: bob }).refuses('ACCESS_DENIED');
    organization.when(add('alice')).refuses('ALREADY_MEMBER', { person: 'alice' });
  });

  it('stop when they become members', () => {
    givenOrganization(
      { type: 'OrganizationCreated', data: { name: 'Acme', member: 'alice' } },
      { type: 'AuditorAdded', data: { person: 'bob' } },
    )
      .when({ type: 'AddMember', data: { person: 'bob' } })
      .records({ type: 'MemberAdded', data: { person: 'bob' } })
      .stateSatisfies(({ auditors }) => expect(auditors).toEqual({}));
  });

  it('are over at their end, which runDue records once', async () => {
    const book = await openBook();
    await book.organization.addAuditor('erin', { expiresAt: later(1) });
    book.day(1);
    expect(await book.organization.auditors()).toEqual([]);
    expect([(await book.daybook.runDue()).expired, (await book.daybook.runDue()).expired]).toEqual([1, 0]);
    expect((await all(book.organization.history({ types: ['AuditorExpired'] }))).map(({ sentence }) => sentence)).toEqual([
      `the system (daybook) ended the time of erin as an auditor, which was over at ${later(1)}`,
    ]);
  });
});

describe('what auditors do', () => {
  it.each(['project', 'organization'] as const)('goes on while a project is disabled, exports too (auditors of the %s)', async (of) => {
    const { book, auditor } = await audited(of);
    await book.project.disable({ reason: 'unpaid' });
    const { sink, text } = textSink();
    const project = await auditor.project(book.project.id);
    const { storageJob } = await project.table('in.c-main.orders').export({ csv: sink });
    expect(text()).toBe('id\n1\n');
    expect((await project.storageJobs()).items.find(({ id }) => id === storageJob)).toMatchObject({
      actor: auditor.actor,
      status: 'success',
    });
    await expect(book.project.table('in.c-main.orders').export({ csv: textSink().sink })).rejects.toMatchObject({
      code: 'PROJECT_DISABLED',
    });
  });

  it.each(['project', 'organization'] as const)('shows names and addresses (auditors of the %s)', async (of) => {
    const { book, auditor } = await audited(of);
    const ada = book.daybook.as({ kind: 'person', id: 'ada', email: 'ada@example.com' });
    await ada.setProfile({ name: 'Ada', email: 'ada@example.com' });
    await book.project.invite({ email: 'dan@example.com' });
    const project = await auditor.project(book.project.id);
    expect((await project.administrators()).find(({ id }) => id === 'ada')).toMatchObject({ name: 'Ada', email: 'ada@example.com' });
    expect((await project.invitations()).map(({ email }) => email)).toEqual(['dan@example.com']);
  });

  it('ends when they are removed, in handles that are open too', async () => {
    for (const of of ['project', 'organization'] as const) {
      const { book, auditor } = await audited(of);
      const project = await auditor.project(book.project.id);
      await book[of].removeAuditor('erin');
      await expect(project.tables()).rejects.toSatisfy((error) => isDaybookError(error, 'ACCESS_DENIED'));
    }
  });
});

async function audited(of: 'project' | 'organization'): Promise<{ book: Book; auditor: Book['alice'] }> {
  const book = await openBook();
  await book.project.createBucket({ stage: 'in', name: 'main' });
  await book.project.createTable('in.c-main.orders', { from: { csv: 'id\n1\n' } });
  await book[of].addAuditor('erin');
  return { book, auditor: book.daybook.as({ kind: 'person', id: 'erin' }) };
}
