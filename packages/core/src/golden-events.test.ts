import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Decider } from './decider';
import {
  organizationDecider,
  organizationEventDefinitions,
  projectDecider,
  projectEventDefinitions,
  userDecider,
  userEventDefinitions,
} from './decider';
import type { EventDefinition } from './event';
import type { RecordedEvent } from './event-store';
import { Folder } from './folds';
import type { Json } from './message';

// Events are stored for ever, so these replay for ever. A new type of event: append an example by hand, then run this file with
// DAYBOOK_GOLDEN=update, which writes sentences and states, and leaves the events alone.

interface GoldenEvent extends Pick<RecordedEvent, 'type' | 'actor' | 'recordedAt' | 'correlationId' | 'data'> {
  readonly sentence: string;
}

interface Golden {
  /** Which fold made `state`. */
  readonly fold: string;
  /** How many of the events `state` is the fold of: all, until one is appended. */
  readonly folded: number;
  readonly state: Json;
  readonly events: readonly GoldenEvent[];
}

type Kind = 'project' | 'organization' | 'user';

const path = fileURLToPath(new URL('../test/events.golden.json', import.meta.url));
const golden = JSON.parse(readFileSync(path, 'utf8')) as Record<Kind, Golden>;
const update = process.env.DAYBOOK_GOLDEN === 'update';
const how = 'If it is meant to be so: DAYBOOK_GOLDEN=update npx vitest run --project core src/golden-events.test.ts';

const kinds = [
  ['project', projectDecider, projectEventDefinitions],
  ['organization', organizationDecider, organizationEventDefinitions],
  ['user', userDecider, userEventDefinitions],
] as unknown as readonly [Kind, Decider<object, never>, Readonly<Record<string, EventDefinition<object>>>][];

if (update) {
  const updated = Object.fromEntries(kinds.map(([kind, decider]) => [kind, updatedGolden(decider, golden[kind])])) as Record<Kind, Golden>;
  Object.assign(golden, updated);
  writeFileSync(path, text(golden));
}

describe.each(kinds)('every event of a log of kind %s', (kind, decider, definitions) => {
  const { events, fold, folded, state } = golden[kind];

  it('has an example', () => {
    expect(new Set(events.map(({ type }) => type))).toEqual(new Set(Object.keys(definitions)));
  });

  it.each(Object.entries(definitions))('%s has a schema that refuses what it does not know', (type, { schema }) => {
    const examples = events.filter((event) => event.type === type);
    for (const { data } of examples) {
      expect(schema.parse(data)).toEqual(data);
      expect(schema.safeParse({ ...data, unheardOf: 1 }).success).toBe(false);
    }
  });

  it('has a sentence that stays as it is', () => {
    const sentences = events.map((event) => decider.sentence(event));
    expect(sentences, `Sentences changed. ${how}`).toEqual(events.map(({ sentence }) => sentence));
    for (const sentence of sentences) expect(sentence).toMatch(/^[a-z]/);
  });

  it('is found under tags of the form kind:id, no more than a store takes', () => {
    for (const { actor, correlationId, ...event } of events) {
      const tags = decider.tags(event, actor, correlationId);
      expect(tags).toContain(`actor:${actor.kind}:${actor.id}`);
      expect(tags.length).toBeLessThanOrEqual(16);
      for (const tag of tags) expect(tag).toMatch(/^[a-z]+(-[a-z]+)*:.{1,280}$/);
      expect(new Set(tags).size).toBe(tags.length);
    }
  });

  it('replays to the state that it always had', () => {
    expect(fold, `The fold is called ${decider.fold} now. ${how}`).toBe(decider.fold);
    const replayed = replay(decider, events.slice(0, folded));
    expect(
      replayed,
      `The state has another shape: checkpoints of before would be wrong. Change \`fold\` in decider.ts. Then: ${how}`,
    ).toEqual(state);
    expect(folded, `Examples were appended. ${how}`).toBe(events.length);
  });
});

function replay(decider: Decider<object, never>, events: readonly GoldenEvent[]): Json {
  const folder = new Folder<object>({} as never, decider, 'golden');
  const recorded = events.map((event, i): RecordedEvent => ({ ...event, log: 'golden', id: String(i), position: i + 1, tags: [] }));
  return JSON.parse(JSON.stringify(folder.apply(folder.empty, recorded).state)) as Json;
}

/** Refuses where old examples come to another state under the same name. */
function updatedGolden(decider: Decider<object, never>, { fold, folded, state, events }: Golden): Golden {
  const before = replay(decider, events.slice(0, folded));
  if (fold === decider.fold) expect(before, 'The state has another shape: change `fold` in decider.ts first').toEqual(state);
  const spoken = events.map(({ type, actor, recordedAt, correlationId, data }) => ({
    type,
    actor,
    recordedAt,
    ...(correlationId !== undefined && { correlationId }),
    sentence: decider.sentence({ type, data }),
    data,
  }));
  return { fold: decider.fold, folded: events.length, state: replay(decider, events), events: spoken };
}

/** An event a line. */
function text(golden: Record<Kind, Golden>): string {
  const logs = Object.entries(golden).map(([kind, { events, state, ...head }]) => {
    const lines = events.map((event) => `      ${JSON.stringify(event)}`).join(',\n');
    const start = Object.entries(head).map(([key, value]) => `    "${key}": ${JSON.stringify(value)},`);
    const indented = JSON.stringify(state, null, 2).replaceAll('\n', '\n    ');
    return `  "${kind}": {\n${start.join('\n')}\n    "events": [\n${lines}\n    ],\n    "state": ${indented}\n  }`;
  });
  return `{\n${logs.join(',\n')}\n}\n`;
}
