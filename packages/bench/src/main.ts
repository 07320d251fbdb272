// Measures what Daybook costs and prints one line of JSON a figure; progress goes to stderr.
// Run: npx -y pnpm@10 bench      One figure: npx -y pnpm@10 bench --only NAME
import { parseArgs } from 'node:util';
import { access } from './access';
import { appending } from './appending';
import { constantTime } from './constant-time';
import type { Figure, Suite } from './figure';
import { folding } from './folding';
import { jobLists, runningJobs } from './jobs';
import { largeTable } from './large-table';
import { loading } from './loading';
import { manyLoads } from './many-loads';
import { memory } from './memory';
import { postgres } from './postgres';

const suites: readonly Suite[] = [
  ...[appending, access, folding, constantTime, loading, manyLoads],
  ...[jobLists, runningJobs, largeTable, memory, postgres],
];
const names = suites.flatMap(({ figures }) => figures);
const { only } = parseArgs({ options: { only: { type: 'string' } } }).values;

if (only !== undefined && !names.includes(only)) {
  process.stderr.write(`There is no figure ${only}. There are:\n${names.map((name) => `  ${name}\n`).join('')}`);
  process.exitCode = 1;
} else {
  for (const suite of suites) if (only === undefined || suite.figures.includes(only)) await suite.run(print);
}

function print(figure: Figure): void {
  if (only === undefined || figure.name === only) console.log(JSON.stringify(figure));
}
