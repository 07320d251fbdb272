import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { afterAll, positionIn, positionKey, rowsOf, textKey } from './keys';

const log = fc.stringMatching(/^[A-Za-z0-9_.:/-]{1,200}$/);
const tag = fc.string({ minLength: 1, maxLength: 300, unit: 'binary' });
const position = fc.nat({ max: Number.MAX_SAFE_INTEGER });

function inPrefix(key: Buffer, prefix: Buffer): boolean {
  return Buffer.compare(key, prefix) >= 0 && Buffer.compare(key, afterAll(prefix)) < 0;
}

describe('keys', () => {
  it('sort by position', () => {
    fc.assert(
      fc.property(position, position, (a, b) => {
        const prefix = rowsOf('a', 'event');
        expect(Buffer.compare(positionKey(prefix, a), positionKey(prefix, b))).toBe(Math.sign(a - b));
        expect(positionIn(positionKey(prefix, a))).toBe(a);
      }),
    );
  });

  it('of one log are never among those of another, also when its id begins alike', () => {
    fc.assert(
      fc.property(log, log, tag, position, (one, more, text, at) => {
        const key = positionKey(textKey(rowsOf(one, 'tag'), text), at);
        expect(inPrefix(key, rowsOf(one))).toBe(true);
        for (const other of [`${one}${more}`, one.slice(0, -1), more]) {
          if (other !== one && other !== '') expect(inPrefix(key, rowsOf(other))).toBe(false);
        }
      }),
    );
  });

  it('of one tag are never among those of another, also when it begins alike', () => {
    fc.assert(
      fc.property(tag, tag, position, (one, more, at) => {
        const kind = rowsOf('a', 'tag');
        const key = positionKey(textKey(kind, one), at);
        expect(inPrefix(key, textKey(kind, one))).toBe(true);
        expect(inPrefix(key, textKey(kind, one + more))).toBe(false);
        if (more !== one) expect(inPrefix(key, textKey(kind, more))).toBe(false);
      }),
    );
  });

  it('fit LMDB, however long the text', () => {
    fc.assert(
      fc.property(log, fc.nat({ max: 5_000 }), (id, length) => {
        expect(positionKey(textKey(rowsOf(id, 'tag'), '€'.repeat(length)), 1).length).toBeLessThanOrEqual(1_978);
      }),
    );
  });
});
