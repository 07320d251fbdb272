import { memoryStorage } from '@daybook/memory';
import { describe, expect, it } from 'vitest';
import { brokenStorages, lastingMemory } from './broken-storages.fixture';
import { checkLaw, type OpenStorage } from './law';
import { type LawTopic, laws, lawsByTopic } from './laws';
import { storageConformance } from './storage-conformance';

storageConformance('memory that lasts and is shared', { describe, it, open: lastingMemory() });

describe('laws', () => {
  it('have titles that tell them apart within their topic', () => {
    for (const topic of Object.values(lawsByTopic)) {
      const titles = topic.map(({ title }) => title);
      expect(titles.filter((title, index) => titles.indexOf(title) !== index)).toEqual([]);
    }
  });

  it('are only asked of storages that claim what they need', async () => {
    const open = async () => memoryStorage();
    const needy = laws.filter(({ needs }) => needs);
    expect(needy.length).toBeGreaterThan(0);
    for (const law of needy) expect(await checkLaw(law, open)).toBe(false);
  });

  it('need no test runner', async () => {
    for (const law of lawsByTopic.logs) expect(await checkLaw(law, async () => memoryStorage())).toBe(true);
  });

  for (const { title, topic, open } of brokenStorages) {
    it(`notice a storage that ${title} (${topic})`, async () => {
      expect(await firstBroken(topic, open)).toBeDefined();
    });
  }
});

/** The first law of the topic that the storage breaks. */
async function firstBroken(topic: LawTopic, open: OpenStorage): Promise<string | undefined> {
  for (const law of lawsByTopic[topic]) {
    try {
      await checkLaw(law, open);
    } catch {
      return law.title;
    }
  }
  return undefined;
}
