import { actorName, type Names, plainNames } from '../event';
import type { EventStore, LogId, RecordedEvent } from '../event-store';
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
  readonly #known = { person: new Map<string, string>(), contact: new Map<string, string>(), access: new Map<string, string>() };

  constructor(runtime: Runtime, log: LogId, sentence: Sentence) {
    this.#runtime = runtime;
    this.#log = log;
    this.#sentence = sentence;
  }

  /** With the actor's name in front. The sentence is made twice: first to learn whom it names. */
  async tell(event: RecordedEvent): Promise<string> {
    const asked = { person: new Set<string>(), contact: new Set<string>(), access: new Set<string>() };
    this.#say(event, {
      person: (id) => noted(asked.person, id),
      contact: (id) => noted(asked.contact, id),
      access: (id) => noted(asked.access, id),
    });
    await this.#learn('person', asked.person, (id) => this.#person(id));
    await this.#learn('contact', asked.contact, async (id) => (await personalDataOf(this.#runtime, id))?.email ?? forgotten);
    await this.#learn('access', asked.access, (id) => this.#access(id));
    const { person, contact, access } = this.#known;
    return this.#say(event, { person: (id) => person.get(id)!, contact: (id) => contact.get(id)!, access: (id) => access.get(id)! });
  }

  #say(event: RecordedEvent, names: Names): string {
    return `${actorName(event.actor, names)} ${this.#sentence(event, names)}`;
  }

  async #learn(kind: keyof Names, ids: ReadonlySet<string>, find: (id: string) => Promise<string>): Promise<void> {
    for (const id of ids) if (!this.#known[kind].has(id)) this.#known[kind].set(id, await find(id));
  }

  async #person(id: string): Promise<string> {
    const { state } = await this.#runtime.user(personUser(id)).fresh();
    return state.forgottenAt ? forgotten : id;
  }

  async #access(id: string): Promise<string> {
    const description = await accessDescription(this.#runtime.storage.events, this.#log, id);
    return description ? `limited access “${description}”` : plainNames.access(id);
  }
}

function noted(asked: Set<string>, id: string): string {
  asked.add(id);
  return id;
}

/** As it was granted. */
async function accessDescription(events: EventStore, log: LogId, id: string): Promise<string | undefined> {
  const granted = await first(events.read(log, { tags: [`access:${id}`], types: ['AccessGranted'], limit: 1 }));
  return granted?.data.description as string | undefined;
}
