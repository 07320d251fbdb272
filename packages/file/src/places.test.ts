import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inAll, inAny, inRange, type Places } from './places';

const places = fc.uniqueArray(fc.integer({ min: -60, max: 60 })).map((list) => list.sort((a, b) => a - b));
const several = fc.array(places, { minLength: 1, maxLength: 4 });

function rangeOf(list: readonly number[]): Places {
  return inRange((from, count) => list.filter((place) => place >= from).slice(0, count));
}

function walk(range: Places, from: number): number[] {
  const found: number[] = [];
  for (let place = range.next(from); place !== undefined; place = range.next(place + 1)) found.push(place);
  return found;
}

describe('places', () => {
  it('of all ranges are those that each has', () => {
    fc.assert(
      fc.property(several, fc.integer({ min: -60, max: 60 }), (lists, from) => {
        const [first, ...rest] = lists;
        const expected = first!.filter((place) => place >= from && rest.every((list) => list.includes(place)));
        expect(walk(inAll(lists.map(rangeOf)), from)).toEqual(expected);
      }),
    );
  });

  it('of any range are those of each, once', () => {
    fc.assert(
      fc.property(several, fc.integer({ min: -60, max: 60 }), (lists, from) => {
        const expected = [...new Set(lists.flat())].filter((place) => place >= from).sort((a, b) => a - b);
        expect(walk(inAny(lists.map(rangeOf)), from)).toEqual(expected);
      }),
    );
  });

  it('that one range alone has are not walked through the other', () => {
    let loaded = 0;
    const long = inRange((from, count) => {
      loaded += count;
      return Array.from({ length: count }, (_, index) => from + index);
    });
    expect(walk(inAll([long, rangeOf([5, 1_000_000])]), 0)).toEqual([5, 1_000_000]);
    expect(loaded).toBeLessThan(10_000);
  });
});
