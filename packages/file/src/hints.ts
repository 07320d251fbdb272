import { randomUUID } from 'node:crypto';
import { appendFile, open, stat, truncate } from 'node:fs/promises';
import type { LogId } from '@daybook/core';
import { privateModes } from '@daybook/duckdb';

const sendAfterMs = 50;
const lookEveryMs = 100;
const longestBytes = 1_000_000;
/** Of a file that was begun anew a reader may at first see the rest of a line. */
const linePattern = /^([0-9a-f-]{36}) (\S+)$/gm;

/**
 * Tells processes that share a directory which logs grew, through a file of lines `<sender> <log>`. It is only a hint: nothing is
 * synced, errors are passed over, the file starts anew when it is long, and it may be deleted at any time.
 */
export class Hints {
  readonly #path: string;
  readonly #sender = randomUUID();
  readonly #listeners = new Set<(log: LogId) => void>();
  readonly #unsent = new Set<LogId>();
  #sending: NodeJS.Timeout | undefined;
  #looking: NodeJS.Timeout | undefined;
  #offset = 0;
  #started: Promise<void> | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** To be called when the logs' new events can be read. */
  announce(logs: readonly LogId[]): void {
    this.#tell(logs);
    for (const log of logs) this.#unsent.add(log);
    this.#sending ??= setTimeout(() => void this.#send(), sendAfterMs).unref();
  }

  /** The same function may listen several times. */
  listen(listener: (log: LogId) => void): () => void {
    const own = (log: LogId) => listener(log);
    this.#listeners.add(own);
    if (this.#looking === undefined) this.#startLooking();
    return () => {
      this.#listeners.delete(own);
      if (this.#listeners.size === 0) this.#stopLooking();
    };
  }

  async close(): Promise<void> {
    this.#listeners.clear();
    this.#stopLooking();
    clearTimeout(this.#sending);
    await this.#send();
  }

  /** A listener that throws is its owner's bug, not the appender's: it surfaces as an uncaught exception. */
  #tell(logs: Iterable<LogId>): void {
    for (const log of logs) {
      for (const listener of this.#listeners) queueMicrotask(() => this.#listeners.has(listener) && listener(log));
    }
  }

  async #send(): Promise<void> {
    this.#sending = undefined;
    const lines = Array.from(this.#unsent, (log) => `${this.#sender} ${log}\n`).join('');
    this.#unsent.clear();
    if (lines === '') return;
    const length = await sizeOf(this.#path);
    if (length > longestBytes) await truncate(this.#path).catch(() => {});
    await appendFile(this.#path, lines, { mode: privateModes.file }).catch(() => {});
  }

  /** What stands in the file already is not news. */
  #startLooking(): void {
    this.#started = sizeOf(this.#path).then((size) => {
      this.#offset = size;
    });
    this.#looking = setInterval(() => void this.#look(), lookEveryMs).unref();
  }

  #stopLooking(): void {
    clearInterval(this.#looking);
    this.#looking = undefined;
  }

  async #look(): Promise<void> {
    await this.#started;
    const size = await sizeOf(this.#path);
    if (size < this.#offset) this.#offset = 0;
    if (size === this.#offset) return;
    const text = await this.#textUpTo(size).catch(() => '');
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    this.#offset += Buffer.byteLength(whole);
    const others = [...whole.matchAll(linePattern)].filter(([, sender]) => sender !== this.#sender);
    this.#tell(new Set(others.map(([, , log]) => log!)));
  }

  async #textUpTo(size: number): Promise<string> {
    await using file = await open(this.#path);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - this.#offset), 0, size - this.#offset, this.#offset);
    return buffer.toString('latin1', 0, bytesRead);
  }
}

/** 0 while there is no file. */
async function sizeOf(path: string): Promise<number> {
  const { size } = await stat(path).catch(() => ({ size: 0 }));
  return size;
}
