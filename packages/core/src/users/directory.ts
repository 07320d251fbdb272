import { v5 } from 'uuid';
import { z } from 'zod';
import { executeTogether, type Request, type Step } from '../commands';
import { userDecider } from '../decider';
import type { Actor, LogId } from '../event-store';
import { parse } from '../fields';
import { first } from '../reading';
import type { Runtime, UserLog } from '../runtime';
import type { UserCommands } from './decide';
import type { PersonalData } from './vault';

// Who is who. A person's log is found by the embedding app's id; a contact (whoever an e-mail address reaches) has an id that says nothing,
// and is found through `address/<uuid of the address>`. Projects name persons and contacts only.

const namespace = '7f2b7b0e-6c9d-4e0e-9a0a-6d2f0c1b8a55';
const email = z.email().max(254);
const addressKept = z.object({ contact: z.string() });

/** As it is compared: two ways to write one address are one. Refuses: `INVALID_INPUT`. */
export function normalizedEmail(given: string): string {
  return parse('email', email, typeof given === 'string' ? given.trim().normalize('NFC').toLowerCase() : given);
}

/** The user id of a person. */
export function personUser(person: string): string {
  return v5(`person ${person}`, namespace);
}

/** The user id of support staff, whose ids are apart from those of persons. */
export function staffUser(staff: string): string {
  return v5(`support ${staff}`, namespace);
}

function addressLog(address: string): LogId {
  return `address/${v5(`email ${address}`, namespace)}`;
}

/** One command to a user's log, for something larger. */
export function userStep<C extends keyof UserCommands & string>(
  log: UserLog,
  actor: Actor,
  ...commands: readonly (readonly [type: C, data: object])[]
): Step {
  return { log, requests: commands.map((command) => userRequest(actor, command)) };
}

export function userRequest<C extends keyof UserCommands & string>(actor: Actor, [type, data]: readonly [type: C, data: object]): Request {
  return { command: userDecider.parse(type, data), actor, standing: { isMember: false } };
}

/** Who is reached at an address, if anybody was ever asked there. */
export async function findContact({ storage }: Runtime, address: string): Promise<string | undefined> {
  const event = await first(storage.events.read(addressLog(address), { limit: 1 }));
  return event && addressKept.parse(event.data).contact;
}

/** Who is reached at an address. */
export async function contactOf(runtime: Runtime, address: string, actor: Actor): Promise<string> {
  return (await findContact(runtime, address)) ?? (await keepContact(runtime, address, actor));
}

/** Of several that keep one address at once, one does. */
async function keepContact(runtime: Runtime, address: string, actor: Actor): Promise<string> {
  const { newId, clock } = runtime.environment;
  const contact = newId();
  const sealed = await runtime.vault.seal(contact, { email: address });
  await executeTogether(runtime.environment, [userStep(runtime.user(contact), actor, ['KeepContact', { sealed }])]);
  const event = { id: newId(), type: 'AddressKept', data: { contact }, tags: [], actor, at: clock().toISOString() };
  const { status } = await runtime.storage.events.append([{ log: addressLog(address), expected: 0, events: [event] }]);
  if (status === 'appended') return contact;
  await eraseUser(runtime, contact);
  return (await findContact(runtime, address))!;
}

/** What is known of a person or a contact; undefined when it was forgotten, or nothing ever was. */
export async function personalDataOf(runtime: Runtime, user: string): Promise<PersonalData | undefined> {
  const { state } = await runtime.user(user).fresh();
  return runtime.vault.open(user, state.sealed);
}

/** The contacts that are a person's own. */
export async function contactsOf(runtime: Runtime, person: string): Promise<string[]> {
  const { state } = await runtime.user(personUser(person)).fresh();
  const claimed = await Promise.all(state.contacts.map((contact) => runtime.user(contact).fresh()));
  return state.contacts.filter((_, i) => claimed[i]!.state.person === person);
}

/** What is known of a person by the embedding app's id. What was never said, or was forgotten, is absent. */
export async function profileOf(runtime: Runtime, person: string): Promise<PersonalData & { readonly forgotten?: true }> {
  const user = personUser(person);
  const { state } = await runtime.user(user).fresh();
  if (state.forgottenAt) return { forgotten: true };
  const contact = (await contactsOf(runtime, person)).at(-1);
  return { ...(await runtime.vault.open(user, state.sealed)), ...(contact && (await personalDataOf(runtime, contact))) };
}

/** Destroys the keys to all personal data of a person, and what leads from an address to them. Whatever was cut short is done when asked again. */
export async function forgetPerson(runtime: Runtime, person: string, actor: Actor): Promise<void> {
  const user = personUser(person);
  const { state, recordedAt } = await runtime.user(user).fresh();
  userDecider.permit('profile', state, { actor, now: recordedAt, isMember: false }, { person });
  for (const contact of await contactsOf(runtime, person)) await forgetContact(runtime, contact);
  await runtime.vault.destroyKey(user);
  await executeTogether(runtime.environment, [userStep(runtime.user(user), actor, ['ForgetPerson', { person }])]);
}

/** As `forgetPerson`, for somebody who was invited and never came. */
export async function forgetAddress(runtime: Runtime, given: string, actor: Actor): Promise<void> {
  const contact = await findContact(runtime, normalizedEmail(given));
  if (!contact) return;
  const { state, recordedAt } = await runtime.user(contact).fresh();
  userDecider.permit('profile', state, { actor, now: recordedAt, isMember: false }, { person: state.person });
  await forgetContact(runtime, contact);
}

async function forgetContact(runtime: Runtime, contact: string): Promise<void> {
  const data = await personalDataOf(runtime, contact);
  if (data?.email !== undefined) await runtime.storage.events.erase(addressLog(data.email));
  await runtime.vault.destroyKey(contact);
}

async function eraseUser(runtime: Runtime, user: string): Promise<void> {
  await runtime.vault.destroyKey(user);
  await runtime.storage.events.erase(`user/${user}`);
}
