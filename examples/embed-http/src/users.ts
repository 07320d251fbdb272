import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';

const users = z.array(z.strictObject({ id: z.string().min(1), email: z.email(), tokenSha256: z.string().regex(/^[0-9a-f]{64}$/) }));

/** Somebody whom the app knows. A token is random and long: a plain hash of it is enough, and nobody can use what the file says. */
export type User = z.infer<typeof users>[number];

/** The app's people. Daybook authenticates nobody: replace this by whatever your app has. */
export class Users {
  readonly #known: readonly { readonly user: User; readonly hash: Buffer }[];

  constructor(known: readonly User[]) {
    this.#known = known.map((user) => ({ user, hash: Buffer.from(user.tokenSha256, 'hex') }));
  }

  /** Whose token it is. It takes the same time whoever's it is. */
  withToken(token: string): User | undefined {
    const hash = createHash('sha256').update(token).digest();
    return this.#known.filter((one) => timingSafeEqual(one.hash, hash))[0]?.user;
  }
}

/** Reads the file of users. Where there is none yet it is made, with one user, whose token is told this once. */
export async function readUsers(path: string): Promise<{ users: Users; firstToken?: string }> {
  const text = await readFile(path, 'utf8').catch((error) => {
    if (error.code !== 'ENOENT') throw error;
  });
  if (text !== undefined) return { users: new Users(users.parse(JSON.parse(text))) };
  const firstToken = randomBytes(24).toString('base64url');
  const alice: User = { id: 'alice', email: 'alice@example.com', tokenSha256: createHash('sha256').update(firstToken).digest('hex') };
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, JSON.stringify([alice], null, 2), { mode: 0o600 });
  return { users: new Users([alice]), firstToken };
}
