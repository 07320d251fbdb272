import type { Storage } from '@daybook/core';
import { memoryStorage } from '@daybook/memory';
import { checkLaw, type LawTopic, lawsByTopic } from '@daybook/testing';
import { describe, it } from 'vitest';
import { temporaryTables } from './temporary.fixture';

const topics: readonly LawTopic[] = ['csv', 'values', 'sources', 'load', 'query', 'change', 'export', 'diff', 'parts', 'table history'];

describe('table data in DuckDB obeys the laws', () => {
  for (const topic of topics) {
    describe(topic, () => {
      for (const law of lawsByTopic[topic]) it(law.title, () => checkLaw(law, openTables));
    });
  }
});

/** Table data needs no logs, so they are another storage's. */
async function openTables(): Promise<Storage> {
  const { events, checkpoints } = memoryStorage();
  const temporary = await temporaryTables();
  const { tables } = temporary;
  return {
    events,
    checkpoints,
    tables,
    features: { durable: true, shared: true },
    [Symbol.asyncDispose]: () => temporary[Symbol.asyncDispose](),
  };
}
