import { z } from 'zod';
import type { Environment } from '../commands';
import type { Actor } from '../event-store';
import { first } from '../reading';

/** What is known of somebody, and can be forgotten. */
export interface PersonalData {
  readonly name?: string;
  readonly email?: string;
}

const personalData = z.object({ name: z.string().optional(), email: z.string().optional() });
const keyMade = z.object({ key: z.string() });
const system: Actor = { kind: 'system', id: 'daybook' };
const nonceBytes = 12;

/**
 * Personal data at rest: AES-256-GCM under a key of the user's own, which lies in a log of its own (`key/<user>`) and is erased when the
 * person is forgotten. Then what was sealed stays where it is and says nothing.
 */
export class Vault {
  readonly #environment: Environment;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /** Text for the user's log: nonce and ciphertext in base64. */
  async seal(user: string, data: PersonalData): Promise<string> {
    const key = (await this.#key(user)) ?? (await this.#makeKey(user));
    const nonce = crypto.getRandomValues(new Uint8Array(nonceBytes));
    const text = new TextEncoder().encode(JSON.stringify(data));
    const sealed = new Uint8Array(await crypto.subtle.encrypt(gcm(nonce, user), key, text));
    return toBase64(new Uint8Array([...nonce, ...sealed]));
  }

  /** Undefined when the key is gone. */
  async open(user: string, sealed: string | undefined): Promise<PersonalData | undefined> {
    const key = sealed === undefined ? undefined : await this.#key(user);
    if (!key) return undefined;
    const bytes = fromBase64(sealed!);
    const text = await crypto.subtle.decrypt(gcm(bytes.subarray(0, nonceBytes), user), key, bytes.subarray(nonceBytes));
    return personalData.parse(JSON.parse(new TextDecoder().decode(text)));
  }

  /** Whatever was sealed for the user can be read no more. */
  async destroyKey(user: string): Promise<void> {
    await this.#environment.storage.events.erase(`key/${user}`);
  }

  async #key(user: string): Promise<CryptoKey | undefined> {
    const event = await first(this.#environment.storage.events.read(`key/${user}`, { limit: 1 }));
    return event && importKey(keyMade.parse(event.data).key);
  }

  /** Of several that make one at once, one does. */
  async #makeKey(user: string): Promise<CryptoKey> {
    const { storage, newId, clock } = this.#environment;
    const key = toBase64(crypto.getRandomValues(new Uint8Array(32)));
    const event = { id: newId(), type: 'KeyMade', data: { key }, tags: [], actor: system, at: clock().toISOString() };
    const { status } = await storage.events.append([{ log: `key/${user}`, expected: 0, events: [event] }]);
    return status === 'appended' ? importKey(key) : (await this.#key(user))!;
  }
}

/** The user is authenticated along: one user's text is none under another's name. */
function gcm(iv: Uint8Array<ArrayBuffer>, user: string) {
  return { name: 'AES-GCM', iv, additionalData: new TextEncoder().encode(user) };
}

function importKey(key: string): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', fromBase64(key), 'AES-GCM', false, ['encrypt', 'decrypt']);
}

function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
