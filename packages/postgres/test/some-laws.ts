import { checkLaw, type LawTopic, lawsByTopic, type OpenStorage } from '@daybook/testing';
import { describe, it } from 'vitest';

/** What the store itself has to do with; the other topics are about work on rows, which is the same wherever parts are kept. */
export const ownTopics = [
  ...(['append', 'read', 'logs', 'watch', 'history', 'checkpoints', 'parts', 'durability', 'sharing'] as const),
] satisfies readonly LawTopic[];

export function someLaws(topics: readonly LawTopic[], open: OpenStorage): void {
  for (const topic of topics) {
    describe(topic, () => {
      for (const law of lawsByTopic[topic]) it(law.title, async () => void (await checkLaw(law, open)));
    });
  }
}
