import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const document = readFileSync(`${root}/docs/reference/errors.md`, 'utf8');
const source = readFileSync(`${root}/packages/core/src/errors.ts`, 'utf8');

/** Code and shape of every refusal, from the interface that declares them. */
const declared = [...source.split('export type ErrorCode')[0]!.matchAll(/^ {2}([A-Z_]+): (.*);$/gm)].map(([, code, details]) => ({
  code,
  details: details!.replaceAll('readonly ', '').replaceAll(';', ',').replace('Record<never, never>', '{}'),
}));
const documented = [...document.matchAll(/^## ([A-Z_]+)\n\n`(.*)`$/gm)].map(([, code, details]) => ({ code, details }));

describe('the errors page', () => {
  it('finds codes at all', () => {
    expect(declared.map(({ code }) => code)).toEqual(expect.arrayContaining(['ACCESS_DENIED', 'NO_COLUMNS', 'VERSION_NOT_FOUND']));
  });

  it('has a heading for every code, with the shape of its details, and no other', () => {
    const byCode = (a: { code?: string }, b: { code?: string }) => (a.code! < b.code! ? -1 : 1);
    expect(documented.toSorted(byCode)).toEqual(declared.toSorted(byCode));
  });
});
