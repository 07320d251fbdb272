import type { Names } from '../event';
import { plainNames } from '../event';
import type { Actor, EventStore, LogId, RecordedEvent } from '../event-store';
import { first } from '../reading';
import type { Runtime } from '../runtime';
import { personalDataOf, personUser } from '../users/directory';

/** How an event of a kind of log is put into words. */
export type Sentence = (event: RecordedEvent, names?: Names) => string;

const forgotten = 'a forgotten person';

/** Tells events of one log in plain English. Whom the log names by id is called by what is known of them now; each is looked up once. */
export class Teller {
  readonly #runtime: Runtime;
  readonly #log: LogId;
  readonly #sentence: Sentence;
  readonly #known = new Map<string, Promise<string>>();

  constructor(runtime: Runtime, log: LogId, sentence: Sentence) {
    this.#runtime = runtime;
    this.#log = log;
    this.#sentence = sentence;
  }

  /** With the actor's name in front. */
  async tell(event: RecordedEvent): Promise<string> {
    const names = await this.#namesFor(event);
    return `${await this.#actor(event.actor)} ${this.#sentence(event, names)}`;
  }

  /** The sentence is asked twice: first whom it names, then what it says. */
  async #namesFor(event: RecordedEvent): Promise<Names> {
    const [people, contacts] = [new Map<string, string>(), new Map<string, string>()];
    this.#sentence(event, { person: (id) => noted(people, id), contact: (id) => noted(contacts, id) });
    for (const id of people.keys()) people.set(id, await this.#person(id));
    for (const id of contacts.keys()) contacts.set(id, await this.#contact(id));
    return { person: (id) => people.get(id) ?? plainNames.person(id), contact: (id) => contacts.get(id) ?? plainNames.contact(id) };
  }

  async #actor({ kind, id }: Actor): Promise<string> {
    if (kind === 'person') return this.#person(id);
    if (kind === 'system') return `the system (${id})`;
    return kind === 'limited' ? this.#access(id) : `support ${id}`;
  }

  #person(id: string): Promise<string> {
    return this.#once(`person ${id}`, async () => {
      const { state } = await this.#runtime.user(personUser(id)).fresh();
      return state.forgottenAt ? forgotten : id;
    });
  }

  #contact(id: string): Promise<string> {
    return this.#once(`contact ${id}`, async () => (await personalDataOf(this.#runtime, id))?.email ?? forgotten);
  }

  #access(id: string): Promise<string> {
    return this.#once(`access ${id}`, async () => {
      const description = await accessDescription(this.#runtime.storage.events, this.#log, id);
      return description ? `limited access “${description}”` : `limited access ${id}`;
    });
  }

  #once(key: string, find: () => Promise<string>): Promise<string> {
    const found = this.#known.get(key) ?? find();
    this.#known.set(key, found);
    return found;
  }
}

function noted(asked: Map<string, string>, id: string): string {
  asked.set(id, id);
  return id;
}

/** As it was granted. */
async function accessDescription(events: EventStore, log: LogId, id: string): Promise<string | undefined> {
  const granted = await first(events.read(log, { tags: [`access:${id}`], types: ['AccessGranted'], limit: 1 }));
  return granted?.data.description as string | undefined;
}
