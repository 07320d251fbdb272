import { defineConfig } from 'tsup';

// `shims`: the SQL files are found by `import.meta.url`, which CommonJS lacks.
export default defineConfig({ entry: ['src/index.ts'], format: ['esm', 'cjs'], dts: true, clean: true, target: 'node20', shims: true });
