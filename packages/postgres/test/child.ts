import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Json } from '@daybook/core';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** A program of this folder running in a process of its own. */
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
    const ended = this.#ended.then(() => Promise.reject(new Error('The child ended before it reported')));
    const [report] = await Promise.race([once(this.#process, 'message'), ended]);
    return report;
  }

  /** Lets it begin what it is ready for. */
  go(): void {
    this.#process.send('go');
  }

  /** Lets it finish what it is doing. */
  async stop(): Promise<void> {
    this.#process.send('stop');
    await this.end();
  }

  /** Waits until it ends by itself. */
  async end(): Promise<void> {
    await this.#ended;
    if (this.#process.exitCode !== 0) throw new Error(`The child ended with ${this.#process.exitCode ?? this.#process.signalCode}`);
  }
}

export function startChild<Report extends Json>(program: string, argument: Json): Child<Report> {
  const child = spawn(process.execPath, ['--import', 'tsx', here(program), JSON.stringify(argument)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, TSX_TSCONFIG_PATH: here('../tsconfig.json') },
  });
  return new Child(child);
}
