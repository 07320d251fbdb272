import { v5 } from 'uuid';
import { z } from 'zod';
import { executeTogether, type Request, type Step } from '../commands';
import { userDecider } from '../decider';
import type { Actor, LogId } from '../event-store';
import { parse } from '../fields';
import { first } from '../reading';
import type { Runtime, UserLog } from '../runtime';
import { ContactMoved, type UserCommands, type UserQueries } from './decide';
import { isHeldBy, type UserState } from './state';
import type { PersonalData } from './vault';

// Who is who. A person's log is found by the embedding app's id; a contact (whoever an e-mail address reaches) has an id that says nothing,
// and is found through `address/<uuid of the address>`. Projects name persons and contacts only.

const namespace = '7f2b7b0e-6c9d-4e0e-9a0a-6d2f0c1b8a55';
/** Whether a server knows it is for that server to say. (254: https://www.rfc-editor.org/errata/eid1690) */
const email = z
  .string()
  .max(254)
  .regex(/^[^\s\p{Cc}\p{Cs}]+@[^\s\p{Cc}\p{Cs}@]+$/u, 'Invalid email address');
const addressKept = z.object({ contact: z.string() });

/**
 * As it is compared: capitals of ASCII are small letters, and a domain stands in its ASCII form. All else is as it is, since what looks alike may
 * be somebody else's. Refuses: `INVALID_INPUT`.
 */
export function normalizedEmail(given: string): string {
  const address = parse('email', email, typeof given === 'string' ? given.trim() : given);
  const at = address.lastIndexOf('@');
  return folded(`${address.slice(0, at)}@${inAscii(address.slice(at + 1))}`);
}

function folded(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** As it is where it has no such form. */
function inAscii(domain: string): string {
  const isForeign = /[^\0-\x7f]/.test(domain) && !/[/?#:\\%[\]]/.test(domain);
  return isForeign && URL.canParse(`http://${domain}`) ? new URL(`http://${domain}`).hostname : domain;
}

/** Somebody as the embedding app has authenticated them. */
export interface Authenticated {
  readonly actor: Actor;
  /** A person's e-mail address, as the embedding app knows it to be theirs. */
  readonly email: string | undefined;
}

/** The address that the embedding app knows to be theirs, as it is compared. One that is none is as if none were given. */
export function ownAddress({ email: given }: Authenticated): string | undefined {
  return given === undefined || !email.safeParse(given.trim()).success ? undefined : normalizedEmail(given);
}

/** Whether the embedding app knows an address, as it is compared, to be theirs. */
export function isOwnAddress(who: Authenticated, address: string): boolean {
  return ownAddress(who) === address;
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
  return { command: userDecider.parse(type, data), actor };
}

/** Who is reached at an address, if anybody was ever asked there, and was not forgotten since. */
export async function findContact(runtime: Runtime, address: string): Promise<string | undefined> {
  const contact = await keptAt(runtime, address);
  return contact === undefined || (await isForgotten(runtime, contact)) ? undefined : contact;
}

async function isForgotten(runtime: Runtime, contact: string): Promise<boolean> {
  return (await runtime.user(contact).fresh()).state.forgottenAt !== undefined;
}

/** Who is reached at an address. Of several that keep one address at once, one does. */
export async function contactOf(runtime: Runtime, address: string, actor: Actor): Promise<string> {
  for (;;) {
    const contact = (await findContact(runtime, address)) ?? (await keepContact(runtime, address, actor));
    if (contact !== undefined) return contact;
  }
}

/** Undefined where it is to be looked for again: somebody was quicker, or had it forgotten. */
async function keepContact(runtime: Runtime, address: string, actor: Actor): Promise<string | undefined> {
  const { newId, clock } = runtime.environment;
  const kept = await keptAt(runtime, address);
  if (kept !== undefined) {
    // Whoever began to forget it was cut short, or is about to.
    if (await isForgotten(runtime, kept)) await eraseContact(runtime, kept, address);
    return undefined;
  }
  const contact = newId();
  const sealed = await runtime.vault.seal(contact, { email: address });
  await executeTogether(runtime.environment, [userStep(runtime.user(contact), actor, ['KeepContact', { sealed }])]);
  const event = { id: newId(), type: 'AddressKept', data: { contact }, tags: [], actor, at: clock().toISOString() };
  const { status } = await runtime.storage.events.append([{ log: addressLog(address), expected: 0, events: [event] }]);
  if (status === 'appended') return contact;
  await eraseUser(runtime, contact);
  return undefined;
}

/** Forgotten or not. */
async function keptAt({ storage }: Runtime, address: string): Promise<string | undefined> {
  const event = await first(storage.events.read(addressLog(address), { limit: 1 }));
  return event && addressKept.parse(event.data).contact;
}

/** The steps by which a contact becomes a person's, with whatever comes to it; the log of whoever had it says so. Together they throw `ContactMoved`. */
export async function claimSteps(runtime: Runtime, contact: string, person: string, actor: Actor): Promise<Step[]> {
  const from = (await runtime.user(contact).fresh()).state.person;
  const claim = userStep(runtime.user(contact), actor, ['ClaimContact', { person, ...(from !== undefined && { from }) }]);
  const adopt = userStep(runtime.user(personUser(person)), actor, ['AdoptContact', { person, contact }]);
  if (from === undefined || from === person) return [claim, adopt];
  return [claim, adopt, userStep(runtime.user(personUser(from)), actor, ['ReleaseContact', { contact }])];
}

/** Does work once more where a contact became somebody else's in between. */
export async function againIfMoved<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ContactMoved)) throw error;
    }
  }
}

/** What is known of a person or a contact; undefined when it was forgotten, or nothing ever was. */
export async function personalDataOf(runtime: Runtime, user: string): Promise<PersonalData | undefined> {
  const { state } = await runtime.user(user).fresh();
  return runtime.vault.open(user, state.sealed);
}

/** The contacts that are a person's own. */
export async function contactsOf(runtime: Runtime, person: string): Promise<string[]> {
  return adopted(runtime, person, (contact) => isHeldBy(contact, person));
}

async function adopted(runtime: Runtime, person: string, which: (contact: UserState) => boolean): Promise<string[]> {
  const { contacts } = (await runtime.user(personUser(person)).fresh()).state;
  const folds = await Promise.all(contacts.map((contact) => runtime.user(contact).fresh()));
  return contacts.filter((_, i) => which(folds[i]!.state));
}

/** What is known of a person by the embedding app's id. What was never said, or was forgotten, is absent. */
export async function profileOf(runtime: Runtime, person: string): Promise<PersonalData & { readonly forgotten?: true }> {
  const user = personUser(person);
  const { state } = await runtime.user(user).fresh();
  if (state.forgottenAt) return { forgotten: true };
  const contact = (await contactsOf(runtime, person)).at(-1);
  return { ...(await runtime.vault.open(user, state.sealed)), ...(contact && (await personalDataOf(runtime, contact))) };
}

/** Destroys the keys to all personal data of a person, and what leads from their addresses to them. Whatever was cut short is done when asked again. */
export async function forgetPerson(runtime: Runtime, person: string, actor: Actor): Promise<void> {
  permitUser(runtime, actor, 'forgetPerson', person);
  const user = personUser(person);
  // Those too that they only said were theirs: forgetting too much is mended by asking anew, forgetting too little is not.
  const said = await adopted(runtime, person, (contact) => contact.person === person);
  for (const contact of said) await forgetContact(runtime, contact, actor, person);
  await runtime.vault.destroyKey(user);
  await executeTogether(runtime.environment, [userStep(runtime.user(user), actor, ['ForgetPerson', { person }])]);
}

/** As `forgetPerson`, by an address, whether or not somebody is reached there: of those who may not ask nothing is looked up. */
export async function forgetAddress(runtime: Runtime, who: Authenticated, given: string): Promise<void> {
  const address = normalizedEmail(given);
  permitUser(runtime, who.actor, 'forgetPerson', isOwnAddress(who, address) ? who.actor.id : undefined);
  const contact = await keptAt(runtime, address);
  if (contact !== undefined) await forgetContact(runtime, contact, who.actor);
}

/** Whether an actor may ask a thing of a person's log. Refuses: `ACCESS_DENIED`. */
export function permitUser(runtime: Runtime, actor: Actor, query: keyof UserQueries, person: string | undefined): void {
  const context = { actor, now: runtime.now() };
  userDecider.permit(query, userDecider.initial, context, { person } as UserQueries[keyof UserQueries]);
}

/** `holder`: only if it is theirs still. From then on nobody can be given it: what follows destroys nothing of anybody else's. */
async function forgetContact(runtime: Runtime, contact: string, actor: Actor, holder?: string): Promise<void> {
  const log = runtime.user(contact);
  await executeTogether(runtime.environment, [userStep(log, actor, ['ForgetContact', { ...(holder !== undefined && { holder }) }])]);
  if (await isForgotten(runtime, contact)) await eraseContact(runtime, contact, (await personalDataOf(runtime, contact))?.email);
}

/** `address`: as far as it can still be read. */
async function eraseContact(runtime: Runtime, contact: string, address: string | undefined): Promise<void> {
  if (address !== undefined && (await keptAt(runtime, address)) === contact) await runtime.storage.events.erase(addressLog(address));
  await runtime.vault.destroyKey(contact);
}

async function eraseUser(runtime: Runtime, user: string): Promise<void> {
  await runtime.vault.destroyKey(user);
  await runtime.storage.events.erase(`user/${user}`);
}
