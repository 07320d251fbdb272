import { fileURLToPath } from 'node:url';
import type { Release } from '@daybook/postgres-server';
import { defineConfig } from 'vitest/config';

const folder = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const project = (name: string, root: string, include: string[], testTimeout = 30_000) => ({
  extends: true as const,
  test: { name, root, include, testTimeout },
});
const onPostgres = (name: string, include: string[], release?: Release) => ({
  extends: true as const,
  test: {
    ...{ name, root: folder('./packages/postgres'), include, testTimeout: 60_000 },
    globalSetup: folder('./packages/postgres/test/global-setup.ts'),
    provide: { release },
    // Rows are worked on by the same engine as in files: fewer random tries do.
    env: { DAYBOOK_RUNS: process.env.DAYBOOK_RUNS ?? '0.25' },
  },
});
const platform = `${process.platform}-${process.arch}`;

/** Tests run on the sources: `@daybook/x` means packages/x/src. */
export default defineConfig({
  resolve: { alias: [{ find: /^@daybook\/([a-z-]+)$/, replacement: `${folder('./packages/')}$1/src/index.ts` }] },
  test: {
    projects: [
      ...['core', 'parquet', 'memory', 'duckdb', 'file', 'testing'].map((name) =>
        project(name, folder(`./packages/${name}`), ['src/**/*.test.ts', 'test/**/*.test.ts']),
      ),
      // A real server for all of them, started here unless DATABASE_URL names one.
      onPostgres('postgres', ['{src,test}/**/*.test.ts']),
      // The oldest release that is supported: what depends on the server most, its updates and plans. Packed for this platform only.
      ...(platform === 'linux-x64' ? [onPostgres('postgres-14', ['src/{schema,partitions}.postgres.test.ts'], 14)] : []),
      // Each of these tests starts a program.
      ...['examples', 'docs'].map((name) => project(name, folder(`./${name}`), ['**/*.test.ts'], 120_000)),
    ],
  },
});
