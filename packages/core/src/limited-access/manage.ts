import { z } from 'zod';
import { DaybookError } from '../errors';
import type { Actor } from '../event-store';
import { isOver } from '../expiry';
import { givenInstant, parse } from '../fields';
import type { ProjectScope } from '../projects/scope';
import type { Runtime } from '../runtime';
import { grants } from './events';
import { equalHashes, hashSecret, newSecret, readSecret } from './secret';
import { type LimitedAccess, type Permission, validAccess } from './state';

const granted = z.strictObject({
  description: z.string().optional(),
  /** By bucket id; write includes read. */
  buckets: grants.buckets.optional(),
  /** Whose jobs may be run. Default: none. */
  components: grants.components.optional(),
  expiresAt: givenInstant.optional(),
});
const update = granted.extend({ buckets: grants.buckets, expiresAt: givenInstant.nullable().optional() });
export type GrantOptions = z.input<typeof granted>;
/** Replaces all permissions: buckets and components as a whole. Description and end stay unless given; an end of null takes it away. */
export type UpdateAccessOptions = z.input<typeof update>;

/** Limited access, as administrators see it: everything but the secret. */
export interface AccessDescription extends Omit<LimitedAccess, 'hash' | 'buckets'> {
  /** By bucket id; write includes read. */
  readonly buckets: Readonly<Record<string, Permission>>;
}

/** The secret is shown this once. Refuses what `GrantAccess` refuses. */
export async function grantAccess(scope: ProjectScope, options: GrantOptions): Promise<{ id: string; secret: string }> {
  const access = scope.runtime.environment.newId();
  const secret = newSecret(scope.id, access);
  await scope.execute('GrantAccess', { access, ...parse('grantAccess', granted, options), hash: hashSecret(secret) });
  return { id: access, secret };
}

/** Refuses what `UpdateAccess` refuses. */
export async function updateAccess(scope: ProjectScope, access: string, options: UpdateAccessOptions): Promise<void> {
  await scope.execute('UpdateAccess', { access, ...parse('updateAccess', update, options) });
}

/** A new secret, shown this once; the former one opens nothing from now on. Refuses: `ACCESS_NOT_FOUND`. */
export async function refreshAccess(scope: ProjectScope, access: string): Promise<{ secret: string }> {
  const secret = newSecret(scope.id, access);
  await scope.execute('RefreshAccess', { access, hash: hashSecret(secret) });
  return { secret };
}

/** What is valid. Refuses: `PROJECT_NOT_FOUND`, `ACCESS_DENIED`. */
export async function accesses(scope: ProjectScope): Promise<AccessDescription[]> {
  const fold = await scope.query('accesses');
  return Object.values(fold.state.accesses)
    .filter((access) => !isOver(access, scope.instantOf(fold)))
    .map(({ hash: _kept, buckets, ...access }) => ({ ...access, buckets: permissionsOf(buckets) }));
}

function permissionsOf(buckets: LimitedAccess['buckets']): Record<string, Permission> {
  return Object.fromEntries(Object.values(buckets).map(({ id, permission }) => [id, permission]));
}

/** What the hash of a secret is compared with where there is none. */
const noHash = '0'.repeat(64);

/** Whose secret it is. Whether or not there is such access, the same is looked up and compared. Refuses: `AUTHENTICATION_FAILED`. */
export async function authenticate(runtime: Runtime, secret: string): Promise<{ project: string; actor: Actor }> {
  const said = typeof secret === 'string' ? readSecret(secret) : undefined;
  if (!said) throw new DaybookError('AUTHENTICATION_FAILED', {});
  const log = await runtime.existingProject(said.project);
  const found = log && validAccess((await log.fresh()).state, said.access, runtime.now());
  const same = equalHashes(hashSecret(secret), found?.hash ?? noHash);
  if (!found || !same) throw new DaybookError('AUTHENTICATION_FAILED', {});
  return { project: said.project, actor: { kind: 'limited', id: said.access } };
}
