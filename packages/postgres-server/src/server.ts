import { createHash, randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { isReachable, owner, programs, type Release, run } from './binaries';

const database = 'postgres';
const temporaryName = /^daybook-postgres-(\d+)-/;

/** The server's settings, by their names in `postgresql.conf`. */
export type Settings = Readonly<Record<string, string | number>>;

/** A PostgreSQL that runs until it is disposed. */
export interface PostgresServer extends AsyncDisposable {
  /** For the superuser, on this machine. */
  readonly connectionString: string;
  /** Where its data lies. */
  readonly directory: string;
  /** Stops it: orderly, or as a crash would (`immediate`). */
  stop(mode: 'fast' | 'immediate'): Promise<void>;
  /** Starts it again, on the same port. */
  start(): Promise<void>;
}

/**
 * Starts a server on the data in a directory, which is made when it is not there. Where the process is root and the directory lies where
 * nobody else can go, the data lie in a folder for temporary files instead: `directory` says where.
 */
export async function startPostgres(directory: string, release?: Release): Promise<PostgresServer> {
  const server = new Server(place(resolve(directory)), { release });
  await server.open();
  return server;
}

/** A server for this process. Its data go when it is disposed; what killed processes left, servers too, goes now. */
export async function temporaryPostgres(settings: Settings = {}, release?: Release): Promise<PostgresServer> {
  for (const name of readdirSync(tmpdir())) await removeAbandoned(name);
  const directory = mkdtempSync(join(tmpdir(), `daybook-postgres-${process.pid}-`));
  const server = new Server(join(directory, 'data'), { settings, release, remove: directory });
  chown(directory);
  await server.open();
  return server;
}

interface ServerOptions {
  readonly settings?: Settings;
  readonly release?: Release | undefined;
  /** What goes when the server is disposed. */
  readonly remove?: string;
}

class Server implements PostgresServer {
  readonly directory: string;
  readonly #settings: Settings;
  readonly #programs: string;
  readonly #remove: string | undefined;
  #port = 0;
  #password = '';

  constructor(directory: string, { settings = {}, release, remove }: ServerOptions) {
    this.directory = directory;
    this.#settings = settings;
    this.#programs = programs(release);
    this.#remove = remove;
  }

  get connectionString(): string {
    return `postgres://postgres:${this.#password}@127.0.0.1:${this.#port}/${database}`;
  }

  async open(): Promise<void> {
    if (!existsSync(join(this.directory, 'PG_VERSION'))) await this.#initialise();
    if (existsSync(join(this.directory, 'postmaster.pid'))) await this.stop('fast').catch(() => {}); // left by a killed process
    this.#password = readFileSync(join(this.directory, 'daybook-password'), 'utf8');
    for (let tries = 1; ; tries++) {
      this.#port = await freePort();
      try {
        return await this.start();
      } catch (error) {
        if (tries === 3) throw error; // or else somebody took the port in between
      }
    }
  }

  async start(): Promise<void> {
    const settings = {
      listen_addresses: '127.0.0.1',
      port: this.#port,
      unix_socket_directories: '',
      max_connections: 200,
      ...this.#settings,
    };
    const options = Object.entries(settings).map(([name, value]) => `-c ${name}='${value}'`);
    const log = join(this.directory, 'server.log');
    await this.#run('pg_ctl', ['start', '--wait', '--pgdata', this.directory, '--log', log, '--options', options.join(' ')]);
  }

  async stop(mode: 'fast' | 'immediate'): Promise<void> {
    await this.#run('pg_ctl', ['stop', '--wait', '--mode', mode, '--pgdata', this.directory]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop(this.#remove === undefined ? 'fast' : 'immediate').catch(() => {});
    if (this.#remove !== undefined) rmSync(this.#remove, { recursive: true, force: true });
  }

  async #initialise(): Promise<void> {
    mkdirSync(this.directory, { recursive: true, mode: 0o700 });
    chown(this.directory);
    const passwordFile = `${this.directory}-password`;
    writeFileSync(passwordFile, randomBytes(18).toString('base64url'), { mode: 0o600 });
    chown(passwordFile);
    try {
      const authentication = ['--username', 'postgres', '--auth', 'scram-sha-256', '--pwfile', passwordFile, ...(await this.#quickHash())];
      await this.#run('initdb', ['--pgdata', this.directory, ...authentication, '--encoding', 'UTF8', '--locale', 'C']);
      writeFileSync(join(this.directory, 'daybook-password'), readFileSync(passwordFile), { mode: 0o600 });
    } finally {
      rmSync(passwordFile, { force: true });
    }
  }

  /** A random password needs no slow hash. PostgreSQL before 16 has no choice. */
  async #quickHash(): Promise<string[]> {
    const version = await this.#run('initdb', ['--version']);
    return Number(/\d+/.exec(version)?.[0]) < 16 ? [] : ['--set', 'scram_iterations=1'];
  }

  #run(program: 'initdb' | 'pg_ctl', parameters: readonly string[]): Promise<string> {
    return run(join(this.#programs, program), parameters);
  }
}

async function removeAbandoned(name: string): Promise<void> {
  const pid = Number(temporaryName.exec(name)?.[1]);
  if (!pid || isAlive(pid)) return;
  const directory = join(tmpdir(), name);
  const left = new Server(join(directory, 'data'), { remove: directory });
  await left[Symbol.asyncDispose]();
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function place(directory: string): string {
  mkdirSync(dirname(directory), { recursive: true });
  if (isReachable(dirname(directory))) return directory;
  return join(tmpdir(), `daybook-data-${createHash('sha256').update(directory).digest('hex').slice(0, 16)}`);
}

function chown(path: string): void {
  const { uid, gid } = owner();
  if (uid !== undefined && gid !== undefined) chownSync(path, uid, gid);
}

function freePort(): Promise<number> {
  return new Promise((found, failed) => {
    const server = createServer();
    server.once('error', failed);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => found(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
