import { chmodSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inTemporaryFolder, runProgram } from './run-program';

/** The cells of each printed table row that begins with this text. */
function rowsOf(printed: string, first: string): string[][] {
  const rows = printed.split('\n').map((line) => line.split('│').map((cell) => cell.trim()));
  return rows.map((cells) => cells.slice(1, -1)).filter(([cell]) => cell === first);
}

describe('the quickstart', () => {
  it('does the main job, leaves its book, and adds a project when run again', { timeout: 120_000 }, async () => {
    await inTemporaryFolder(async (folder) => {
      const first = await runProgram('examples/quickstart.ts', folder);
      expect(rowsOf(first, '2922')).toEqual([['2922', '730', '0', '2192', '2']]);
      expect(rowsOf(first, 'COLUMNS_DO_NOT_MATCH')).toHaveLength(1);
      expect(rowsOf(first, '1093')).toEqual([['1093', '1829', '2']]);
      expect(rowsOf(first, '0')).toContainEqual(['0', '0', '1093']);
      expect(rowsOf(first, 'in.c-weather.daily').map((cells) => cells.slice(1, 3))).toEqual([
        ['4', '2922'],
        ['1', '2192'],
      ]);
      expect(rowsOf(first, 'out.c-report.weather_2012_to_2014').map((cells) => cells.slice(1, 3))).toEqual([['1', '2192']]);
      expect(first).toContain('alice loaded 2922 rows into in.c-weather.daily: 730 inserted, 2192 unchanged');
      expect(rowsOf(first, 'tableLoad').map(([, , status]) => status)).toEqual(['error', 'success']);
      expect(existsSync(join(folder, '.daybook/quickstart/book/daybook.json'))).toBe(true);

      const second = await runProgram('examples/quickstart.ts', folder);
      expect(rowsOf(second, 'Weather, run 1')).toHaveLength(1);
      expect(rowsOf(second, 'Weather, run 2')).toHaveLength(1);
      expect(rowsOf(second, '2922')).toEqual([['2922', '730', '0', '2192', '2']]);
    });
  });

  it('does the same on a PostgreSQL that it starts itself', { timeout: 120_000 }, async () => {
    await inTemporaryFolder(async (folder) => {
      chmodSync(folder, 0o755); // as root it starts the server as nobody, who has to get there
      const onPostgres = { DAYBOOK_STORE: 'postgres', DATABASE_URL: undefined };
      const first = await runProgram('examples/quickstart.ts', folder, onPostgres);
      expect(rowsOf(first, '2922')).toEqual([['2922', '730', '0', '2192', '2']]);
      expect(first).toContain('alice loaded 2922 rows into in.c-weather.daily: 730 inserted, 2192 unchanged');
      expect(first).toContain('.daybook/quickstart/postgres');
      expect(existsSync(join(folder, '.daybook/quickstart/postgres/PG_VERSION'))).toBe(true);
      expect(existsSync(join(folder, '.daybook/quickstart/postgres/postmaster.pid'))).toBe(false);

      const second = await runProgram('examples/quickstart.ts', folder, onPostgres);
      expect(rowsOf(second, 'Weather, run 1')).toHaveLength(1);
      expect(rowsOf(second, 'Weather, run 2')).toHaveLength(1);
    });
  });
});
