import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { RunEvent } from '@daybook/core';
import { Ajv2020 } from 'ajv/dist/2020';
import formats from 'ajv-formats';

const schema = (name: string) =>
  JSON.parse(readFileSync(fileURLToPath(new URL(`./openlineage/${name}.json`, import.meta.url)), 'utf8')) as {
    readonly $id: string;
  };
const facets = [
  ...['SchemaDatasetFacet', 'DatasetVersionDatasetFacet', 'ParentRunFacet', 'ErrorMessageRunFacet', 'JobTypeJobFacet'],
  ...['LifecycleStateChangeDatasetFacet', 'InputStatisticsInputDatasetFacet', 'OutputStatisticsOutputDatasetFacet'],
].map(schema);
const ajv = new Ajv2020({ allErrors: true, strict: false });
// biome-ignore lint/suspicious/noExplicitAny: the module's types and its CommonJS shape differ
((formats as any).default ?? formats)(ajv);
for (const one of [schema('OpenLineage'), ...facets]) ajv.addSchema(one);

/** What is wrong with an event, or with any of its facets, by the official schemas. */
export function faultsOf(event: RunEvent): string[] {
  const parts: [string, unknown][] = [[event.schemaURL, event]];
  const find = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    if ('_schemaURL' in value) parts.push([String(value._schemaURL), value]);
    for (const inner of Object.values(value)) find(inner);
  };
  find(event);
  return parts.flatMap(([url, part]) => {
    const validate = ajv.getSchema(url);
    if (!validate) return [`There is no schema ${url}`];
    return validate(part) ? [] : [`${url}: ${ajv.errorsText(validate.errors)}`];
  });
}
