import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { equalHashes, hashSecret, newSecret, readSecret, secretPattern } from './secret';

const project = '01a20b23-f6bf-7398-bf7f-78489fefc929';
const access = '01a20b24-109c-7718-b093-d7cf5e55f9af';

describe('a secret', () => {
  it('says what it is for, and is found in a text', () => {
    const secret = newSecret(project, access);
    expect(readSecret(secret)).toEqual({ project, access });
    expect(secretPattern.exec(`curl -H "Authorization: Bearer ${secret}" https://example.com`)?.[0]).toBe(secret);
  });

  it('holds 192 random bits, all of them used', () => {
    const randoms = Array.from({ length: 2_000 }, () => newSecret('p', 'a').slice('dbk_p.a.'.length, -6));
    expect(new Set(randoms).size).toBe(2_000);
    const values = randoms.map((random) =>
      [...random].reduce(
        (sum, digit) => sum * 62n + BigInt('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'.indexOf(digit)),
        0n,
      ),
    );
    for (let bit = 0n; bit < 192n; bit++) {
      const ones = values.filter((value) => (value >> bit) & 1n).length;
      // Six standard deviations of 2,000 throws.
      expect([bit, Math.abs(ones - 1_000) < 135]).toEqual([bit, true]);
    }
    expect(values.every((value) => value < 2n ** 192n)).toBe(true);
  });

  it('is none with any character changed, missing or added', () => {
    const secret = newSecret(project, access);
    for (let i = 0; i < secret.length; i++) {
      const other = secret[i] === 'x' ? 'y' : 'x';
      expect([i, readSecret(secret.slice(0, i) + other + secret.slice(i + 1))]).toEqual([i, undefined]);
    }
    for (const text of [
      '',
      'dbk_',
      secret.slice(1),
      secret.slice(0, -1),
      `${secret}x`,
      ` ${secret}`,
      `${secret}\n`,
      secret.toLowerCase(),
    ]) {
      expect([text, readSecret(text)]).toEqual([text, undefined]);
    }
  });

  it('is kept as the SHA-256 of its text', () => {
    const secret = newSecret(project, access);
    expect(hashSecret(secret)).toBe(createHash('sha256').update(secret).digest('hex'));
    expect(equalHashes(hashSecret(secret), hashSecret(secret))).toBe(true);
    for (const other of ['', '0'.repeat(64), hashSecret(`${secret}x`)]) expect(equalHashes(hashSecret(secret), other || '0')).toBe(false);
  });
});
