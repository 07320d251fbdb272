import { checkLaw, type LawTopic, lawsByTopic, type OpenStorage } from '@daybook/testing';
import { describe, it } from 'vitest';

/** The other topics are about table data; most of them about work on rows, which is the same wherever parts are kept. */
export const eventTopics = ['append', 'read', 'logs', 'watch', 'history', 'checkpoints'] as const satisfies readonly LawTopic[];

export function someLaws(topics: readonly LawTopic[], open: OpenStorage): void {
  for (const topic of topics) {
    describe(topic, () => {
      for (const law of lawsByTopic[topic]) it(law.title, async () => void (await checkLaw(law, open)));
    });
  }
}
