import { z } from 'zod';
import { executeTogether } from '../commands';
import type { Actor } from '../event-store';
import { name, parse } from '../fields';
import type { Runtime } from '../runtime';
import {
  type Authenticated,
  againIfMoved,
  claimSteps,
  contactOf,
  isOwnAddress,
  normalizedEmail,
  permitUser,
  personUser,
  profileOf,
  userStep,
} from './directory';

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
  permitUser(runtime, actor, 'profile', person);
  return { id: person, ...(await profileOf(runtime, person)) };
}

/**
 * What is not given stays. An address that is given becomes the one shown; invitations to earlier ones still arrive. A person takes only the
 * address that their session carries, and takes it from whoever had it. Refuses: `INVALID_INPUT`, `ACCESS_DENIED`.
 */
export async function setProfile(runtime: Runtime, who: Authenticated, person: string, given: z.input<typeof profile>): Promise<void> {
  const { name, email } = parse('profile', profile, given);
  const address = email === undefined ? undefined : normalizedEmail(email);
  const { actor } = who;
  permitUser(runtime, actor, 'setProfile', address === undefined || isOwnAddress(who, address) ? person : undefined);
  const user = personUser(person);
  const named = name === undefined ? [] : [['SetPersonalData', { person, sealed: await runtime.vault.seal(user, { name }) }] as const];
  await againIfMoved(async () => {
    const claimed = address === undefined ? [] : await claimSteps(runtime, await contactOf(runtime, address, actor), person, actor);
    await executeTogether(runtime.environment, [userStep(runtime.user(user), actor, ...named), ...claimed]);
  });
}
