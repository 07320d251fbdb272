import { checkLaw, type OpenStorage } from './law';
import { lawsByTopic } from './laws';

/** What vitest, node:test, jest and mocha have in common. */
export interface Runner {
  describe(name: string, suite: () => void): unknown;
  it(title: string, test: (...context: readonly unknown[]) => Promise<void>): unknown;
}

/** What some runners hand to a test. */
interface TestContext {
  readonly skip?: (reason?: string) => unknown;
}

/**
 * Registers every law as a test: an adapter's whole conformance test. `describe` and `it` are the runner's globals unless given.
 *
 * ```ts
 * storageConformance('memory', { describe, it, open: async () => memoryStorage() });
 * ```
 */
export function storageConformance(name: string, { open, ...given }: Partial<Runner> & { readonly open: OpenStorage }): void {
  const { describe, it } = { ...globalRunner(), ...given };
  if (!describe || !it) throw new TypeError('No test runner: pass its describe and it');
  describe(name, () => {
    for (const [topic, laws] of Object.entries(lawsByTopic)) {
      describe(topic, () => {
        for (const law of laws) {
          // Without a named parameter, lest a runner take it for a callback to wait for.
          it(law.title, async (...[context]) => {
            if (!(await checkLaw(law, open))) (context as TestContext | undefined)?.skip?.(`the storage is not ${law.needs}`);
          });
        }
      });
    }
  });
}

function globalRunner(): Partial<Runner> {
  const { describe, it } = globalThis as Partial<Runner>;
  return { ...(describe && { describe }), ...(it && { it }) };
}
