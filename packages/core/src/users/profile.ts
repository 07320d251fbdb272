import { z } from 'zod';
import { executeTogether } from '../commands';
import { userDecider } from '../decider';
import type { Actor } from '../event-store';
import { name, parse } from '../fields';
import type { Runtime } from '../runtime';
import { contactOf, normalizedEmail, personUser, profileOf, userStep } from './directory';

const profile = z.strictObject({ name: name.optional(), email: z.string().optional() });

/** What is known of a person, in clear. What was never said, or was forgotten, is absent. */
export interface Profile {
  readonly id: string;
  readonly name?: string;
  readonly email?: string;
  readonly forgotten?: true;
}

/** Refuses: `ACCESS_DENIED`. */
export async function readProfile(runtime: Runtime, actor: Actor, person: string): Promise<Profile> {
  await permit(runtime, actor, person);
  return { id: person, ...(await profileOf(runtime, person)) };
}

/** What is not given stays. An address that is given becomes the one shown; invitations to earlier ones still arrive. Refuses: `INVALID_INPUT`, `ACCESS_DENIED`. */
export async function setProfile(runtime: Runtime, actor: Actor, person: string, given: z.input<typeof profile>): Promise<void> {
  const { name, email } = parse('profile', profile, given);
  const address = email === undefined ? undefined : normalizedEmail(email);
  await permit(runtime, actor, person);
  const user = personUser(person);
  const steps = [];
  const own: [type: 'SetPersonalData' | 'AdoptContact', data: object][] = [];
  if (name !== undefined) own.push(['SetPersonalData', { person, sealed: await runtime.vault.seal(user, { name }) }]);
  if (address !== undefined) {
    const contact = await contactOf(runtime, address, actor);
    own.push(['AdoptContact', { person, contact }]);
    steps.push(userStep(runtime.user(contact), actor, ['ClaimContact', { person }]));
  }
  await executeTogether(runtime.environment, [...steps, userStep(runtime.user(user), actor, ...own)]);
}

async function permit(runtime: Runtime, actor: Actor, person: string): Promise<void> {
  const { state, recordedAt } = await runtime.user(personUser(person)).fresh();
  userDecider.permit('profile', state, { actor, now: recordedAt, isMember: false }, { person });
}
