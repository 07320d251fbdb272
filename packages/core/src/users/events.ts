import { z } from 'zod';
import { event, type PayloadsOf } from '../event';
import { foreignId, uuid } from '../fields';
import type { MessageOf } from '../message';

const invitation = { invitation: uuid, project: uuid };
const place = { kind: z.enum(['project', 'organization']), id: uuid };
const placeTags = ({ kind, id }: { kind: string; id: string }) => [`${kind}:${id}`];

/** What can have happened in the log of a user: of a person whom the embedding app knows, or of whom an e-mail address reaches. */
export const userEvents = {
  /** Name or e-mail address, readable only with the user's key. */
  PersonalDataSet: event(z.strictObject({ sealed: z.string().max(16_384) }), { sentence: () => 'set personal data' }),
  /** In a person's log: an e-mail address is theirs. */
  ContactAdopted: event(z.strictObject({ contact: uuid }), {
    sentence: (data, names) => `is reached as ${names.contact(data.contact)}`,
    tags: (data) => [`contact:${data.contact}`],
  }),
  /** In a person's log: the address is somebody else's now. */
  ContactReleased: event(z.strictObject({ contact: uuid }), {
    sentence: (data, names) => `is reached as ${names.contact(data.contact)} no more`,
    tags: (data) => [`contact:${data.contact}`],
  }),
  /** In a contact's log: whose it is. `vouched`: the application knows that; without, somebody said so themselves, before that was asked for. */
  ContactClaimed: event(z.strictObject({ person: foreignId, vouched: z.literal(true).optional() }), {
    sentence: (data, names) => `showed that the address is that of ${names.person(data.person)}`,
    tags: (data) => [`person:${data.person}`],
  }),
  /** In the log of a person or of support staff: they came into a project or an organization. Where to look; what they may do there it says itself. */
  PlaceEntered: event(z.strictObject(place), { sentence: (data) => `came into ${data.kind} ${data.id}`, tags: placeTags }),
  /** Whoever it is has nothing to do with it any more. */
  PlaceLeft: event(z.strictObject(place), { sentence: (data) => `went out of ${data.kind} ${data.id}`, tags: placeTags }),
  /** To administer a project. */
  InvitationReceived: event(z.strictObject(invitation), {
    sentence: (data) => `sent invitation ${data.invitation} to project ${data.project}`,
    tags: (data) => [`invitation:${data.invitation}`],
  }),
  /** It was answered or called off. */
  InvitationClosed: event(z.strictObject({ invitation: uuid }), {
    sentence: (data) => `closed invitation ${data.invitation}`,
    tags: (data) => [`invitation:${data.invitation}`],
  }),
  /** The key to the personal data is gone. */
  PersonForgotten: event(z.strictObject({}), { sentence: () => 'had the personal data forgotten' }),
};
export type UserEvents = PayloadsOf<typeof userEvents>;
export type UserEvent = MessageOf<UserEvents>;
