import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** The people whom the server of a test knows, by their tokens. */
export const tokens = { alice: 'token-of-alice', bob: 'token-of-bob', mallory: 'token-of-mallory' } as const;

/** The API as a process of its own, on a free port, with its book in a temporary folder. */
export class RunningServer {
  readonly url: string;
  readonly directory: string;
  readonly process: ChildProcess;
  /** What it wrote to its error output so far. */
  readonly errors: readonly string[];
  readonly #ended: Promise<number | null>;

  private constructor(child: ChildProcess, parts: { url: string; directory: string; errors: readonly string[] }) {
    this.process = child;
    this.#ended = once(child, 'exit').then(([code]) => code);
    this.url = parts.url;
    this.directory = parts.directory;
    this.errors = parts.errors;
  }

  static async start({ env = {} }: { readonly env?: NodeJS.ProcessEnv } = {}): Promise<RunningServer> {
    const folder = await mkdtemp(join(tmpdir(), 'daybook-http-'));
    await writeFile(join(folder, 'users.json'), JSON.stringify(users()));
    const program = [join(root, 'node_modules/tsx/dist/loader.mjs'), join(root, 'examples/embed-http/src/main.ts')];
    const child = spawn(process.execPath, ['--import', program[0]!, program[1]!], {
      env: { ...process.env, TSX_TSCONFIG_PATH: join(root, 'tsconfig.json'), PORT: '0', DIRECTORY: folder, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const errors: string[] = [];
    createInterface(child.stderr!).on('line', (line) => errors.push(line));
    for await (const line of createInterface(child.stdout!)) {
      if (line.startsWith('API=')) return new RunningServer(child, { url: line.slice('API='.length), directory: folder, errors });
    }
    throw new Error(`The server did not start: ${errors.join('\n')}`);
  }

  /** Ends it as an operator does, and gives its exit code. */
  async stop(): Promise<number | null> {
    this.process.kill('SIGTERM');
    return this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) await this.stop();
    await rm(this.directory, { recursive: true, force: true });
  }

  /** Calls of the API in somebody's name. */
  as(token: string): Client {
    return new Client(this.url, token);
  }
}

function users() {
  return Object.entries(tokens).map(([id, token]) => ({
    ...{ id, email: `${id}@example.com` },
    tokenSha256: createHash('sha256').update(token).digest('hex'),
  }));
}

// biome-ignore lint/suspicious/noExplicitAny: answers are compared, not typed
export type Answer = { status: number; headers: Headers; text: string; json: any };

/** Calls below a base path, with one token. */
export class Client {
  readonly base: string;
  readonly token: string;

  constructor(base: string, token: string) {
    this.base = base;
    this.token = token;
  }

  /** The same token, below a longer path. */
  at(path: string): Client {
    return new Client(this.base + path, this.token);
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send('GET', path, { headers });
  }

  delete(path: string): Promise<Answer> {
    return this.send('DELETE', path);
  }

  post(path: string, body: object = {}, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send('POST', path, { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json', ...headers } });
  }

  put(path: string, body: object): Promise<Answer> {
    return this.send('PUT', path, { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } });
  }

  /** `PUT` replaces, `POST` adds. */
  upload(method: 'PUT' | 'POST', path: string, body: RequestInit['body'], type = 'text/csv'): Promise<Answer> {
    return this.send(method, path, { body, headers: { 'Content-Type': type }, duplex: 'half' });
  }

  async send(method: string, path: string, init: RequestInit & { duplex?: 'half' } = {}): Promise<Answer> {
    const headers = { Authorization: `Bearer ${this.token}`, ...(init.headers as Record<string, string>) };
    const response = await fetch(this.base + path, { ...init, method, headers });
    const text = await response.text();
    const type = response.headers.get('Content-Type') ?? '';
    const json = /^application\/(problem\+)?json/.test(type) ? JSON.parse(text) : undefined;
    return { status: response.status, headers: response.headers, text, json };
  }
}

/** A new project of alice's with the bucket `in.c-main`. */
export async function newProject(server: RunningServer, options: object = {}): Promise<Client> {
  const alice = server.as(tokens.alice);
  const organization = (await alice.post('/organizations', { name: 'Acme' })).json.id;
  const project = (await alice.post(`/organizations/${organization}/projects`, { name: 'Sales', ...options })).json.id;
  const client = alice.at(`/projects/${project}`);
  await client.post('/buckets', { stage: 'in', name: 'main' });
  return client;
}
