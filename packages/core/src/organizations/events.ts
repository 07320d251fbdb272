import { z } from 'zod';
import { event, type PayloadsOf } from '../event';
import { foreignId, name, uuid } from '../fields';
import type { MessageOf } from '../message';

/** What can have happened in an organization's log. */
export const organizationEvents = {
  /** Its first member is who created it. */
  OrganizationCreated: event(z.strictObject({ name, member: foreignId }), {
    sentence: (data) => `created the organization ${data.name}`,
  }),
  OrganizationRenamed: event(z.strictObject({ name }), { sentence: (data) => `renamed the organization to ${data.name}` }),
  OrganizationSettingsChanged: event(z.strictObject({ allowSupportAutoJoin: z.boolean() }), {
    sentence: (data) => `${data.allowSupportAutoJoin ? 'allowed' : 'forbade'} support staff to join projects without asking`,
  }),
  MemberAdded: event(z.strictObject({ person: foreignId }), {
    sentence: (data, names) => `added ${names.person(data.person)} to the organization`,
    tags: (data) => [`person:${data.person}`],
  }),
  MemberRemoved: event(z.strictObject({ person: foreignId }), {
    sentence: (data, names) => `removed ${names.person(data.person)} from the organization`,
    tags: (data) => [`person:${data.person}`],
  }),
  /** A project was created here or moved here. */
  ProjectAdded: event(z.strictObject({ project: uuid, name }), {
    sentence: (data) => `added the project ${data.name}`,
    tags: (data) => [`project:${data.project}`],
  }),
  /** A project was moved to another organization. */
  ProjectRemoved: event(z.strictObject({ project: uuid }), {
    sentence: (data) => `moved project ${data.project} away`,
    tags: (data) => [`project:${data.project}`],
  }),
};
export type OrganizationEvents = PayloadsOf<typeof organizationEvents>;
export type OrganizationEvent = MessageOf<OrganizationEvents>;
