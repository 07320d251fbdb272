import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Json } from '@daybook/core';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** A program of this folder running in a process of its own. What it reports arrives in order, also what it reported just before it died. */
export class Child<Report extends Json> {
  readonly reports: Report[] = [];
  readonly #process: ChildProcess;
  readonly #ended: Promise<unknown>;

  constructor(process: ChildProcess) {
    this.#process = process;
    this.#ended = once(process, 'close');
    process.on('message', (report: Report) => this.reports.push(report));
  }

  /** The next report, whichever it is. */
  async report(): Promise<Report> {
    const [report] = await Promise.race([
      once(this.#process, 'message'),
      this.#ended.then(() => Promise.reject(new Error('The child ended before it reported'))),
    ]);
    return report;
  }

  /** SIGKILL: the process gets no chance to tidy up. */
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#ended;
  }

  /** Waits until it ends by itself. */
  async end(): Promise<void> {
    await this.#ended;
    if (this.#process.exitCode !== 0) throw new Error(`The child ended with ${this.#process.exitCode ?? this.#process.signalCode}`);
  }
}

/** `largestFileBytes` makes every write beyond it fail, as a full disk does: a limit that any user may set, on any Unix. */
export function startChild<Report extends Json>(
  program: string,
  argument: Json,
  { largestFileBytes }: { readonly largestFileBytes?: number } = {},
): Child<Report> {
  const limit = largestFileBytes === undefined ? '' : `ulimit -f ${Math.ceil(largestFileBytes / 512)}; `;
  const command = [process.execPath, '--import', 'tsx', here(program), JSON.stringify(argument)];
  const child = spawn('sh', ['-c', `${limit}exec "$0" "$@"`, ...command], {
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
    env: { ...process.env, TSX_TSCONFIG_PATH: here('../tsconfig.json') },
  });
  child.stderr?.resume(); // LMDB prints what it also reports
  return new Child(child);
}
