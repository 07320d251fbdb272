import { checkLaw, type LawTopic, lawsByTopic } from '@daybook/testing';
import { describe, it } from 'vitest';
import { temporaryStorage } from './temporary.fixture';

const topics: readonly LawTopic[] = [
  'csv',
  'values',
  'sources',
  'parquet',
  'load',
  'query',
  'change',
  'export',
  'diff',
  'parts',
  'table history',
];

describe('table data in DuckDB obeys the laws', () => {
  for (const topic of topics) {
    describe(topic, () => {
      for (const law of lawsByTopic[topic]) it(law.title, () => checkLaw(law, temporaryStorage));
    });
  }
});
