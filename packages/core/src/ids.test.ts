import { afterEach, expect, it, vi } from 'vitest';
import { newUuid } from './ids';

afterEach(() => void vi.useRealTimers());

it('makes v7 uuids that ascend, also within a millisecond and when the clock goes back', () => {
  vi.useFakeTimers({ now: Date.UTC(2030, 0, 1) });
  const ids = Array.from({ length: 2_000 }, (_, index) => {
    if (index === 1_000) vi.setSystemTime(Date.UTC(2029, 0, 1));
    if (index === 1_500) vi.setSystemTime(Date.UTC(2030, 0, 1, 1));
    return newUuid();
  });
  expect(ids).toEqual([...new Set(ids)].sort());
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(Number.parseInt(ids.at(-1)!.replaceAll('-', '').slice(0, 12), 16)).toBe(Date.UTC(2030, 0, 1, 1));
});
