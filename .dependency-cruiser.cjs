/**
 * Which way imports run. `npx -y pnpm@10 imports` checks it.
 *
 * Packages: adapters -> core <- testing. Inside core: the ground knows no capability; what decides and folds is pure; a capability reads
 * another one's state, never its decisions.
 */
const tests = '[.](test(-d)?|fixture)[.]ts$|/test/';
const core = '^packages/core/src';
const ground = `${core}/(capability|checkpoint-store|errors|event|event-store|fields|message|metadata|storage|table-store|text)[.]ts$`;
/** What the words of the ports are made of, kept with the tables' other rules. */
const values = `${core}/tables/values[.]ts$`;
/** Every operation's event carries its storage job. */
const storageJobSchemas = `${core}/storage-jobs/events[.]ts$`;
const decisions = `${core}/[^/]+/(state|events|decide|evolve)[.]ts$`;
const machinery = `${core}/((commands|daybook|decider|folds|reading|runtime|turns)[.]ts$|[^/]+/(handle|queries|scope|work)[.]ts$)`;

module.exports = {
  forbidden: [
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'core-knows-no-package',
      comment: 'Core is the domain: adapters depend on it, never the other way.',
      severity: 'error',
      from: { path: core, pathNot: tests },
      to: { path: '^packages/', pathNot: core },
    },
    {
      name: 'core-is-portable',
      comment: 'No node: imports; nothing from npm beside these five.',
      severity: 'error',
      from: { path: core, pathNot: tests },
      to: { pathNot: `^packages/|node_modules/(@noble/hashes|date-fns|immer|uuid|zod)/` },
    },
    {
      name: 'adapters-stand-alone',
      comment: 'An adapter knows core, and what several may share: duckdb, which is table data, and parquet, which reads files.',
      severity: 'error',
      from: { path: '^packages/(memory|duckdb|file|parquet|postgres)/src/', pathNot: tests },
      to: { path: '^packages/', pathNot: ['^packages/$1/', '^packages/(core|duckdb|parquet)/src/index[.]ts$'] },
    },
    {
      name: 'memory-is-javascript',
      severity: 'error',
      from: { path: '^packages/(memory|parquet)/src/', pathNot: tests },
      to: { path: '^packages/duckdb/' },
    },
    {
      name: 'testing-knows-core-only',
      severity: 'error',
      from: { path: '^packages/testing/src/', pathNot: tests },
      to: { path: '^packages/', pathNot: ['^packages/testing/', '^packages/core/src/index[.]ts$'] },
    },
    {
      name: 'testing-is-for-tests',
      severity: 'error',
      from: { path: '^packages/[^/]+/src/', pathNot: [tests, '^packages/testing/'] },
      to: { path: '^packages/testing/' },
    },
    {
      name: 'one-face',
      comment: 'A package is used through its index.',
      severity: 'error',
      from: { path: '^(?:packages/([^/]+)|examples)/' },
      to: { path: '^packages/[^/]+/src/', pathNot: ['^packages/$1/', '^packages/[^/]+/src/index[.]ts$'] },
    },
    {
      name: 'declared-dependencies',
      comment: 'What ships imports only what its package.json lists.',
      severity: 'error',
      from: { path: '^packages/[^/]+/src/', pathNot: tests },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown', 'unknown', 'undetermined'] },
    },
    {
      name: 'ground-knows-no-capability',
      severity: 'error',
      from: { path: ground },
      to: { path: `${core}/`, pathNot: [ground, values] },
    },
    {
      name: 'decisions-are-pure',
      comment: 'state, events, decide and evolve know nothing of queues, stores and handles.',
      severity: 'error',
      from: { path: decisions },
      to: { path: machinery },
    },
    {
      name: 'capabilities-meet-in-states',
      comment: 'Only decider.ts joins decisions, transitions and events of several capabilities.',
      severity: 'error',
      from: { path: `${core}/([^/]+)/`, pathNot: tests },
      to: {
        path: `${core}/[^/]+/(events|decide|evolve)[.]ts$`,
        pathNot: [`${core}/$1/`, storageJobSchemas],
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'states-look-at-states',
      comment: 'So capabilities may read each other in both directions without a circle.',
      severity: 'error',
      from: { path: `${core}/([^/]+)/state[.]ts$` },
      to: { path: `${core}/[^/]+/(events|decide|evolve)[.]ts$`, pathNot: `${core}/$1/events[.]ts$` },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'node', 'default'] },
  },
};
