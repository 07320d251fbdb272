/**
 * Places in reading order: a log read forward numbers them by position, read backward by minus position, so both are ascending.
 * Indexes are joined by asking each for its next place, never by listing one whole.
 */
export interface Places {
  /** The first place at or beyond `from`. From call to call `from` never falls. */
  next(from: number): number | undefined;
}

/** An index range, fetched in growing pieces: `load` answers at most `count` places at or beyond `from`. */
export function inRange(load: (from: number, count: number) => readonly number[]): Places {
  let piece: readonly number[] = [];
  let index = 0;
  let count = 8;
  let finished = false;
  return {
    next(from) {
      while (index < piece.length && piece[index]! < from) index += 1;
      if (index === piece.length && !finished) {
        count = Math.min(count * 4, 1_024);
        piece = load(from, count);
        index = 0;
        finished = piece.length < count;
      }
      return piece[index];
    },
  };
}

/** Places that any of the ranges has. */
export function inAny(ranges: readonly Places[]): Places {
  return {
    next(from) {
      let nearest: number | undefined;
      for (const range of ranges) {
        const place = range.next(from);
        if (place !== undefined && (nearest === undefined || place < nearest)) nearest = place;
      }
      return nearest;
    },
  };
}

/** Places that all of the ranges have: each is asked to catch up with the furthest until they agree. There is at least one range. */
export function inAll(ranges: readonly Places[]): Places {
  return {
    next(from) {
      let place = from;
      for (let index = 0, agreed = 0; agreed < ranges.length; index = (index + 1) % ranges.length) {
        const found = ranges[index]!.next(place);
        if (found === undefined) return undefined;
        agreed = found === place ? agreed + 1 : 1;
        place = found;
      }
      return place;
    },
  };
}
