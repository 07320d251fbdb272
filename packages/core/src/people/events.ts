import { z } from 'zod';
import { event, type PayloadsOf } from '../event';
import { foreignId, instant, reason, uuid } from '../fields';
import type { MessageOf } from '../message';

const person = { person: foreignId };
const invitation = { invitation: uuid };
const personTags = (data: { person: string }) => [`person:${data.person}`];
const invitationTags = (data: { invitation: string }) => [`invitation:${data.invitation}`];

/** What can have happened to the people of a project. */
export const peopleEvents = {
  /** A member of the organization made themselves an administrator. */
  AdministratorJoined: event(z.strictObject(person), {
    sentence: () => 'joined the project as an administrator',
    tags: personTags,
  }),
  /** Without `expiresAt` they stay until they are removed. */
  AdministratorAdded: event(z.strictObject({ ...person, reason: reason.optional(), expiresAt: instant.optional() }), {
    sentence: (data, names) => `added ${names.person(data.person)} as an administrator${until(data.expiresAt)}${because(data.reason)}`,
    tags: personTags,
  }),
  AdministratorRemoved: event(z.strictObject(person), {
    sentence: (data, names) => `removed ${names.person(data.person)} from the administrators`,
    tags: personTags,
  }),
  AuditorLeft: event(z.strictObject(person), { sentence: () => 'gave up the role of auditor', tags: personTags }),
  AdministratorLeft: event(z.strictObject(person), { sentence: () => 'left the project', tags: personTags }),
  /** Their time was over at `expiresAt`; from then on they could do nothing. */
  AdministratorExpired: event(z.strictObject({ ...person, expiresAt: instant }), {
    sentence: (data, names) => `ended the time of ${names.person(data.person)} as an administrator, which was over at ${data.expiresAt}`,
    tags: personTags,
  }),
  /** `contact`: who is reached at the e-mail address. `role`: what they become, an administrator where it is absent. `membershipExpiresAt`: until when. */
  InvitationCreated: event(
    z.strictObject({
      ...invitation,
      contact: uuid,
      role: z.literal('auditor').optional(),
      reason: reason.optional(),
      expiresAt: instant,
      membershipExpiresAt: instant.optional(),
    }),
    {
      sentence: (data, names) =>
        `invited ${names.contact(data.contact)} to ${data.role === 'auditor' ? 'audit' : 'administer'} the project${until(data.membershipExpiresAt)}${because(data.reason)}`,
      tags: invitationTags,
    },
  ),
  /** `role` as invited. */
  InvitationAccepted: event(
    z.strictObject({ ...invitation, ...person, role: z.literal('auditor').optional(), expiresAt: instant.optional() }),
    {
      sentence: ({ role }) => `accepted the invitation and became an ${role ?? 'administrator'}`,
      tags: (data) => [...invitationTags(data), ...personTags(data)],
    },
  ),
  /** It was accepted by somebody who may do that much already: nothing changed for them. */
  InvitationLapsed: event(z.strictObject({ ...invitation, contact: uuid, ...person }), {
    sentence: () => 'closed an invitation that gave nothing new',
    tags: (data) => [...invitationTags(data), ...personTags(data)],
  }),
  InvitationDeclined: event(z.strictObject(invitation), { sentence: () => 'declined the invitation', tags: invitationTags }),
  InvitationCancelled: event(z.strictObject({ ...invitation, contact: uuid }), {
    sentence: (data, names) => `cancelled the invitation of ${names.contact(data.contact)}`,
    tags: invitationTags,
  }),
  InvitationExpired: event(z.strictObject({ ...invitation, contact: uuid, expiresAt: instant }), {
    sentence: (data, names) => `ended the invitation of ${names.contact(data.contact)}, which nobody had answered by ${data.expiresAt}`,
    tags: invitationTags,
  }),
};
export type PeopleEvents = PayloadsOf<typeof peopleEvents>;
export type PeopleEvent = MessageOf<PeopleEvents>;

function until(expiresAt: string | undefined): string {
  return expiresAt ? ` until ${expiresAt}` : '';
}

function because(reason: string | undefined): string {
  return reason ? `: ${reason}` : '';
}
