import { addHours } from 'date-fns';
import { z } from 'zod';
import { executeTogether } from '../commands';
import { DaybookError } from '../errors';
import type { Actor } from '../event-store';
import { isOver } from '../expiry';
import { givenInstant, parse, reason } from '../fields';
import { ProjectScope } from '../projects/scope';
import type { Runtime } from '../runtime';
import {
  type Authenticated,
  againIfMoved,
  claimSteps,
  contactOf,
  contactsOf,
  findContact,
  isOwnAddress,
  normalizedEmail,
  ownAddress,
  permitUser,
  userStep,
} from '../users/directory';
import { placeStep } from '../users/places';
import { isHeldBy } from '../users/state';
import { isInvited } from './state';

/** An invitation, as whom it is for sees it. */
export interface ReceivedInvitation {
  readonly id: string;
  readonly project: { readonly id: string; readonly name: string };
  readonly invitedBy: Actor;
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly reason?: string;
  /** What they are asked to be. */
  readonly role: 'administrator' | 'auditor';
  readonly membershipExpiresAt?: string;
}

/** How long an invitation waits for its answer. */
const answerHours = 14 * 24;

const inviteOptions = z.strictObject({
  email: z.string(),
  /** What they are asked to be. Default: `administrator`. */
  role: z.enum(['administrator', 'auditor']).optional(),
  reason: reason.optional(),
  /** By when it is to be answered. Default: in 14 days. */
  expiresAt: givenInstant.optional(),
  /** Until when they are to be it. Default: until they are removed. */
  membershipExpiresAt: givenInstant.optional(),
});
export type InviteOptions = z.input<typeof inviteOptions>;

/** Asks whoever is reached at an e-mail address to administer the project, or to audit it. Refuses: `INVALID_INPUT`, what `InvitePerson` refuses. */
export async function invite(scope: ProjectScope, options: InviteOptions): Promise<{ id: string; expiresAt: string }> {
  const { email, role, ...wished } = parse('invite', inviteOptions, options);
  const address = normalizedEmail(email);
  const { runtime, actor } = scope;
  const found = await findContact(runtime, address);
  const person = await personAt(scope, found, address);
  const expiresAt = wished.expiresAt ?? addHours(runtime.now(), answerHours).toISOString();
  const asked = {
    ...wished,
    invitation: runtime.environment.newId(),
    expiresAt,
    ...(role === 'auditor' && { role }),
    ...(person !== undefined && { person }),
  };
  // Whoever may not invite leaves nothing behind.
  if (!found) await scope.check('InvitePerson', { ...asked, contact: runtime.environment.newId() });
  const contact = found ?? (await contactOf(runtime, address, actor));
  const received = { invitation: asked.invitation, project: scope.id };
  const steps = [
    await scope.step('InvitePerson', { ...asked, contact }),
    userStep(runtime.user(contact), actor, ['ReceiveInvitation', received]),
  ];
  await scope.watched(() => executeTogether(runtime.environment, steps));
  return { id: asked.invitation, expiresAt };
}

/** Refuses: `INVITATION_NOT_FOUND`. */
export async function cancelInvitation(scope: ProjectScope, invitation: string): Promise<void> {
  const { runtime, actor } = scope;
  const steps = [await scope.step('CancelInvitation', { invitation })];
  const contact = (await scope.newest()).state.invitations[invitation]?.contact;
  if (contact) steps.push(userStep(runtime.user(contact), actor, ['CloseInvitation', { invitation }]));
  await scope.watched(() => executeTogether(runtime.environment, steps));
}

/** The open invitations of somebody, the oldest first. */
export async function receivedInvitations(runtime: Runtime, invitee: Authenticated): Promise<ReceivedInvitation[]> {
  const found: ReceivedInvitation[] = [];
  for (const { id: invitation, contact, project } of await received(runtime, invitee)) {
    const scope = new ProjectScope(runtime, project, invitee.actor);
    const newest = await scope.newestIfThere();
    if (!newest || !isInvited(newest.state, invitation, contact)) continue;
    const { state } = await scope.query('invitation', { invitation, contact });
    const { contact: _, ...open } = state.invitations[invitation]!;
    if (!isOver(open, runtime.now()))
      found.push({ ...open, role: open.role ?? 'administrator', project: { id: project, name: state.project.name } });
  }
  return found.toSorted((a, b) => (a.createdAt < b.createdAt ? -1 : 1));
}

/** Answers an invitation. What came to the session's address shows that it is theirs. Refuses: `INVITATION_NOT_FOUND`, `INVITATION_EXPIRED`, `PROJECT_DISABLED`. */
export async function answerInvitation(
  runtime: Runtime,
  invitee: Authenticated,
  invitation: string,
  answer: 'AcceptInvitation' | 'DeclineInvitation',
): Promise<ProjectScope> {
  const { actor, email } = invitee;
  const person = actor.id;
  return againIfMoved(async () => {
    const found = (await received(runtime, invitee)).find(({ id }) => id === invitation);
    if (!found) throw new DaybookError('INVITATION_NOT_FOUND', { invitation });
    const { contact, project, atEmail } = found;
    const scope = new ProjectScope(runtime, project, actor, { ...(email !== undefined && { email }) });
    const log = runtime.user(contact);
    const held = atEmail ? await claimSteps(runtime, contact, person, actor) : [userStep(log, actor, ['HoldContact', { person }])];
    const steps = [
      await scope.step(answer, { invitation, contact }),
      ...held,
      userStep(log, actor, ['CloseInvitation', { invitation }]),
      placeStep(runtime, { kind: 'person', id: person }, actor),
    ];
    await scope.watched(() => executeTogether(runtime.environment, steps));
    return scope;
  });
}

interface Received {
  readonly id: string;
  readonly contact: string;
  readonly project: string;
  /** It came to the address that the session carries. */
  readonly atEmail: boolean;
}

/** Whatever came to the addresses of somebody. */
async function received(runtime: Runtime, invitee: Authenticated): Promise<Received[]> {
  const { actor } = invitee;
  permitUser(runtime, actor, 'receivedInvitations', actor.id);
  const address = ownAddress(invitee);
  const own = address === undefined ? undefined : await findContact(runtime, address);
  const contacts = new Set([...(await contactsOf(runtime, actor.id)), ...(own === undefined ? [] : [own])]);
  const found: Received[] = [];
  for (const contact of contacts) {
    const { invitations } = (await runtime.user(contact).fresh()).state;
    found.push(...Object.entries(invitations).map(([id, project]) => ({ id, contact, project, atEmail: contact === own })));
  }
  return found;
}

/** Who is reached at an address, where that is known. */
async function personAt(scope: ProjectScope, contact: string | undefined, address: string): Promise<string | undefined> {
  if (isOwnAddress(scope, address)) return scope.actor.id;
  if (contact === undefined) return undefined;
  const { state } = await scope.runtime.user(contact).fresh();
  return state.person !== undefined && isHeldBy(state, state.person) ? state.person : undefined;
}
