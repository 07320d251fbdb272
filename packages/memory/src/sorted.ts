/** The index of the first item whose value is at least `value`; the length when there is none. Values ascend. */
export function lowerBound<T>(items: readonly T[], value: number, numberOf: (item: T) => number): number {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (numberOf(items[middle]!) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
