import { createHash, randomUUID } from 'node:crypto';
import type { LogId } from '@daybook/core';
import { Client } from 'pg';
import type { Database } from './database';
import { quoted } from './schema';

const sendAfterMs = 100;
/** Without a connection that is told, and with one: then only for what was missed while it was broken. */
const lookEveryMs = 250;
const lookRarelyMs = 5_000;
const reconnectAfterMs = 1_000;

/**
 * Tells storages of one schema which logs grew, through a small table of the last minute's growth. A notification says when to look there;
 * where none can be had (a pooler in transaction mode) it is looked at regularly. Only a hint: errors are passed over.
 */
export class Hints {
  readonly #database: Database;
  readonly #table: string;
  readonly #channel: string;
  /** Of a direct connection for notifications. */
  readonly #connectionString: string | undefined;
  readonly #sender = randomUUID();
  readonly #listeners = new Set<(log: LogId) => void>();
  readonly #unsent = new Set<LogId>();
  #seen = new Set<string>();
  #sending: NodeJS.Timeout | undefined;
  #looking: NodeJS.Timeout | undefined;
  #client: Client | undefined;

  constructor(database: Database, schema: string, connectionString: string | undefined) {
    this.#database = database;
    this.#table = `${quoted(schema)}.hints`;
    this.#channel = `daybook_${createHash('sha256').update(schema).digest('hex').slice(0, 32)}`;
    this.#connectionString = connectionString;
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
    if (this.#looking === undefined) this.#start();
    return () => {
      this.#listeners.delete(own);
      if (this.#listeners.size === 0) this.#stop();
    };
  }

  async close(): Promise<void> {
    this.#listeners.clear();
    this.#stop();
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
    const logs = [...this.#unsent];
    this.#unsent.clear();
    if (logs.length === 0) return;
    const text = `WITH swept AS (DELETE FROM ${this.#table} WHERE at < now() - interval '1 minute'),
      said AS (INSERT INTO ${this.#table} (id, sender, logs) VALUES ($1, $2, $3))
      SELECT set_config('synchronous_commit', 'off', true), pg_notify($4, '')`; // nobody waits for the disk
    await this.#database.write('tell of growth', text, [randomUUID(), this.#sender, logs, this.#channel]).catch(() => {});
  }

  #start(): void {
    this.#looking = setInterval(() => void this.#look(), lookEveryMs).unref();
    if (this.#connectionString !== undefined) void this.#connect(this.#connectionString);
  }

  #stop(): void {
    clearInterval(this.#looking);
    this.#looking = undefined;
    void this.#client?.end().catch(() => {});
    this.#client = undefined;
  }

  async #connect(connectionString: string): Promise<void> {
    const client = new Client({ connectionString, keepAlive: true, application_name: 'daybook hints' });
    this.#client = client;
    client.on('notification', () => void this.#look());
    client.on('error', () => {});
    client.on('end', () => this.#reconnect(client, connectionString));
    try {
      await client.connect();
      (client as Client & { unref(): void }).unref(); // which its types leave out
      await client.query(`LISTEN ${this.#channel}`);
      this.#lookEvery(lookRarelyMs);
      await this.#look();
    } catch {
      await client.end().catch(() => {});
    }
  }

  #reconnect(client: Client, connectionString: string): void {
    if (this.#client !== client) return;
    this.#lookEvery(lookEveryMs);
    setTimeout(() => {
      if (this.#client === client) void this.#connect(connectionString);
    }, reconnectAfterMs).unref();
  }

  #lookEvery(milliseconds: number): void {
    if (this.#looking === undefined) return;
    clearInterval(this.#looking);
    this.#looking = setInterval(() => void this.#look(), milliseconds).unref();
  }

  async #look(): Promise<void> {
    const text = `SELECT id, logs FROM ${this.#table} WHERE at > now() - interval '20 seconds' AND sender <> $1`;
    const rows = await this.#database.read<[id: string, logs: LogId[]]>('look for growth', text, [this.#sender]).catch(() => []);
    const news = rows.filter(([id]) => !this.#seen.has(id));
    this.#seen = new Set(rows.map(([id]) => id));
    this.#tell(new Set(news.flatMap(([, logs]) => logs)));
  }
}
