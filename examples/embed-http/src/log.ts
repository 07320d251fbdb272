import { inspect } from 'node:util';

/** One line of JSON for whatever an operator should see. */
export function logError(error: unknown, context: Readonly<Record<string, string>> = {}): void {
  console.error(JSON.stringify({ level: 'error', at: new Date().toISOString(), ...context, error: inspect(error) }));
}
