import { isDaybookError, openDaybook } from '@daybook/core';
import { memoryStorage } from '@daybook/memory';

const daybook = await openDaybook({ storage: memoryStorage() });
const alice = daybook.as({ kind: 'person', id: 'alice' });
const acme = await alice.createOrganization({ name: 'Acme' });
const project = await alice.createProject({ organization: acme.id, name: 'Sales' });
await project.createBucket({ stage: 'in', name: 'main' });
await project.createTable('in.c-main.orders', { from: { csv: 'id,status\n1,new\n' }, primaryKey: ['id'] });

// #region invite
await project.invite({ email: 'dan@example.com', reason: 'the audit', membershipExpiresAt: '2030-12-31' });

// Your app has authenticated him, and knows that the address is his.
const dan = daybook.as({ kind: 'person', id: 'dan', email: 'dan@example.com' });
const [invitation] = await dan.invitations();
const hisProject = await dan.acceptInvitation(invitation!.id);
await dan.setProfile({ name: 'Dan Novák' });
console.log((await project.administrators()).map(({ id, name, email }) => [id, name, email])); // alice, and dan with name and address
// #endregion
console.log(hisProject.id === project.id);

// #region audit
await project.addAuditor('erin', { reason: 'year end 2026', expiresAt: '2031-01-31' });
await project.invite({ email: 'fay@example.com', role: 'auditor' });
await acme.addAuditor('otto'); // of all its projects, and of its own history

const audited = await daybook.as({ kind: 'person', id: 'erin' }).project(project.id);
console.log((await audited.administrators()).length, (await audited.tables()).length);
// #endregion

// #region grant
const access = await project.grantAccess({
  description: 'CRM push',
  buckets: { 'in.c-main': 'write' }, // write includes read
  components: ['acme.crm'], // whose jobs it may run
  expiresAt: '2030-12-31',
});
console.log(access.secret.startsWith('dbk_')); // shown this once; only a hash is kept

const crm = await daybook.authenticate(access.secret); // for each request that brings a secret
const sales = await crm.project();
await sales.table('in.c-main.orders').load({ rows: [{ id: '2', status: 'new' }] }, { mode: 'incremental' });
// #endregion

// #region revoke
await project.updateAccess(access.id, { buckets: { 'in.c-main': 'read' } }); // replaces all permissions
const { secret } = await project.refreshAccess(access.id); // the former secret opens nothing any more
await project.revokeAccess(access.id);
const refusal = await sales.tables().catch((error) => error);
console.log(isDaybookError(refusal, 'ACCESS_DENIED')); // true, whoever holds the handle, in whichever process
// #endregion
console.log(secret !== access.secret);

// #region support
const sue = daybook.as({ kind: 'support', id: 'sue' });
await sue.joinProject(project.id, { reason: 'ticket 42' }); // for 24 hours, where the organization lets support staff in
await sue.leaveProject(project.id);

await acme.changeSettings({ allowSupportAutoJoin: false });
const request = await sue.requestToJoin(project.id, { reason: 'ticket 43', expiresAt: '2030-01-01' });
await project.approveSupport(request.id); // or rejectSupport
console.log((await project.support()).map(({ id, reason, expiresAt }) => [id, reason, expiresAt]));
// #endregion

// #region forget
await daybook.as({ kind: 'system', id: 'our-app' }).forgetPerson('dan');
for await (const { sentence } of project.history({ types: ['InvitationCreated', 'InvitationAccepted'] })) console.log(sentence);
// alice invited a forgotten person to administer the project until 2030-12-31T00:00:00.000Z: the audit
// a forgotten person accepted the invitation and became an administrator
// #endregion

// #region refusals
await daybook
  .as({ kind: 'person', id: 'mallory' })
  .project(project.id)
  .catch(() => {});
for await (const { sentence } of project.history({ types: ['AccessRefused'] })) console.log(sentence);
// #endregion
await daybook.close();
