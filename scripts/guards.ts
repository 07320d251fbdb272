// Shows that each guard can fail: undoes one mending at a time, in a work tree of its own, and runs the test that must find it.
// npx -y pnpm@10 guards [name …]    A patch's head says what it undoes and which test must turn red; guards/README.md tells more.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

interface Guard {
  readonly name: string;
  readonly path: string;
  readonly undoes: string;
  /** Arguments of `vitest run`. */
  readonly test: readonly string[];
}

type Outcome = 'red' | 'stays green' | 'red without it too' | 'does not apply' | 'runs no test';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'guards');

const wanted = process.argv.slice(2);
const guards = readdirSync(folder)
  .filter((file) => file.endsWith('.patch'))
  .map((file) => readGuard(join(folder, file)))
  .filter(({ name }) => wanted.length === 0 || wanted.includes(name));
if (guards.length === 0) throw new Error(`No such guard: ${wanted.join(', ')}`);

const tree = mkdtempSync(join(tmpdir(), 'daybook-guards-'));
run('git', ['worktree', 'add', '--detach', tree, 'HEAD'], root);
let wrong = 0;
try {
  run('npx', ['-y', 'pnpm@10', 'install', '--frozen-lockfile', '--prefer-offline'], tree);
  for (const guard of guards) {
    const outcome = tryOut(guard);
    if (outcome !== 'red') wrong += 1;
    console.log(`${outcome === 'red' ? 'ok   ' : 'WRONG'} ${guard.name}: ${outcome} (undone: ${guard.undoes})`);
  }
} finally {
  run('git', ['worktree', 'remove', '--force', tree], root);
  rmSync(tree, { recursive: true, force: true });
}
console.log(`${guards.length - wrong} of ${guards.length} guards turn red`);
process.exitCode = wrong === 0 ? 0 : 1;

function tryOut({ path, test }: Guard): Outcome {
  const before = testIn(tree, test);
  if (before !== 'green') return before === 'none' ? 'runs no test' : 'red without it too';
  if (spawnSync('git', ['apply', path], { cwd: tree }).status !== 0) return 'does not apply';
  try {
    return testIn(tree, test) === 'red' ? 'red' : 'stays green';
  } finally {
    run('git', ['checkout', '--quiet', '.'], tree);
    run('git', ['clean', '--quiet', '-fd'], tree);
  }
}

/** A run that could not begin (no such file, a title that nothing has) is none. */
function testIn(cwd: string, test: readonly string[]): 'green' | 'red' | 'none' {
  const report = join(tree, 'node_modules', '.guard.json');
  rmSync(report, { force: true });
  const options = ['--config', 'vitest.workspace.ts', '--reporter=json', `--outputFile=${report}`];
  const { status } = spawnSync('npx', ['vitest', 'run', ...options, ...test], { cwd, env: { ...process.env, CI: 'true' } });
  try {
    const { numTotalTests, numPendingTests, numPassedTests, numFailedTests, numFailedTestSuites } = JSON.parse(
      readFileSync(report, 'utf8'),
    );
    // A test that took its process with it has neither passed nor failed.
    const lost = numTotalTests - numPendingTests - numPassedTests - numFailedTests;
    if (numFailedTests + numFailedTestSuites > 0 || (status !== 0 && lost > 0)) return 'red';
    return numPassedTests > 0 ? 'green' : 'none';
  } catch {
    return 'none';
  }
}

function readGuard(path: string): Guard {
  const text = readFileSync(path, 'utf8');
  const said = (word: string) => new RegExp(`^${word}: (.+)$`, 'm').exec(text)?.[1];
  const [undoes, test] = [said('Undoes'), said('Test')];
  if (undoes === undefined || test === undefined) throw new Error(`${path} lacks its head: Undoes: …, Test: …`);
  return { name: basename(path, '.patch'), path, undoes, test: wordsOf(test) };
}

/** Split at blanks, quotes as a shell has them. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, single, double, bare]) => single ?? double ?? bare ?? '');
}

function run(command: string, args: readonly string[], cwd: string): void {
  const { status, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
}
