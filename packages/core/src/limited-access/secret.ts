import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';

/**
 * `dbk_<project>.<access>.<random><check>`: 192 random bits in base 62, and the start of the SHA-256 of everything before, by which scanners of
 * source code tell a leaked secret from any other text. `secretPattern` finds candidates.
 */
export const secretPattern = /\bdbk_[\w-]{1,64}\.[\w-]{1,64}\.[0-9A-Za-z]{39}\b/;

const randomBytes = 24;
const randomDigits = 33;
const checkDigits = 6;
const checkBytes = 4;
const shape = /^dbk_([\w-]{1,64})\.([\w-]{1,64})\.[0-9A-Za-z]{39}$/;
const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** A new secret. Shown once; only its hash is kept. */
export function newSecret(project: string, access: string): string {
  const random = base62(crypto.getRandomValues(new Uint8Array(randomBytes)), randomDigits);
  const body = `dbk_${project}.${access}.${random}`;
  return body + checkOf(body);
}

/** What a secret says of itself; undefined for a text that is none. */
export function readSecret(secret: string): { readonly project: string; readonly access: string } | undefined {
  const [, project, access] = shape.exec(secret) ?? [];
  if (project === undefined || access === undefined) return undefined;
  return checkOf(secret.slice(0, -checkDigits)) === secret.slice(-checkDigits) ? { project, access } : undefined;
}

/** What is kept of a secret. It is random enough for a fast hash: there is nothing to guess. */
export function hashSecret(secret: string): string {
  return bytesToHex(sha256(utf8ToBytes(secret)));
}

/** In a time that says nothing of where they differ. */
export function equalHashes(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i % b.length);
  return difference === 0;
}

function checkOf(body: string): string {
  return base62(sha256(utf8ToBytes(body)).subarray(0, checkBytes), checkDigits);
}

function base62(bytes: Uint8Array, length: number): string {
  let rest = BigInt(`0x${bytesToHex(bytes)}`);
  let text = '';
  while (text.length < length) {
    text = digits[Number(rest % 62n)] + text;
    rest /= 62n;
  }
  return text;
}
