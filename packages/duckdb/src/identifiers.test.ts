import { readdirSync, readFileSync } from 'node:fs';
import { memoryStorage } from '@daybook/memory';
import { checkLaw, tableHistoryLaw, tableLife } from '@daybook/testing';
import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { temporaryStorage, temporaryTables } from './temporary.fixture';

/** Every word that our own SQL may be made of: what stands in strings of these sources. */
function ownWords(): string[] {
  const sources = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.ts') && !/\.(test|fixture)\./.test(name));
  const texts = sources.flatMap((name) => {
    const code = readFileSync(`${import.meta.dirname}/${name}`, 'utf8').replace(/^\s*(\/\*|\*|\/\/).*$/gm, '');
    return code.match(/(['"`])(?:(?!\1)[^\\]|\\.)*\1/gs) ?? [];
  });
  return texts.flatMap((text) => text.match(/[A-Za-z_]\w*/g) ?? []);
}

/** Every word that SQL reserves, and what DuckDB calls columns that each of its tables has. */
async function wordsOfDuckdb(): Promise<string[]> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const keywords = (await connection.runAndReadAll('SELECT keyword_name FROM duckdb_keywords()')).getRows();
  return [...keywords.map(([word]) => String(word)), 'rowid', 'filename', 'file_index', 'file_row_number', 'excluded', '$before', '"', `'`];
}

const words = [...new Set([...ownWords(), ...(await wordsOfDuckdb())].map((word) => word.toLowerCase()))].toSorted();

describe('columns called as our own SQL, or SQL itself, calls things', () => {
  const groups = Array.from({ length: Math.ceil(words.length / 80) }, (_, i) => words.slice(80 * i, 80 * (i + 1)));

  it.each(groups.map((names) => [names[0], names] as const))(
    'are columns like others, from %s on',
    { timeout: 120_000 },
    async (_, names) => {
      await using opened = await temporaryTables();
      for (const key of [[], names.slice(40), names.slice(0, 40)])
        expect(await tableLife(opened.tables, names, key)).toEqual(await tableLife(memoryStorage().tables, names, key));
    },
  );

  it('go through any history', { timeout: 300_000 }, async () => {
    const law = tableHistoryLaw('names', fc.constantFrom(...words));
    await checkLaw(law, temporaryStorage);
  });
});
