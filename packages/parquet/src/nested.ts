import type { SchemaElement, SchemaTree } from 'hyparquet';
import { kindOf, type ParquetKind } from './kinds';
import { textOf } from './texts';

type ToJson = (value: unknown) => string;

/**
 * From a nested value, as the reader puts it together of groups (by the place of each field: `c0`, `c1` …) and repetitions, to its JSON: lists
 * and maps as https://github.com/apache/parquet-format/blob/master/LogicalTypes.md lays them down, numbers with all their digits, of a key that
 * comes twice the last.
 */
export function jsonOf(tree: SchemaTree): ToJson {
  const one = oneJson(tree);
  return tree.element.repetition_type === 'REPEATED' ? listJson(one) : one;
}

function oneJson(tree: SchemaTree): ToJson {
  const [entries] = tree.children;
  if (!entries) return leafJson(kindOf(tree.element));
  checkGroup(tree.element);
  if (isMap(tree, entries)) return orNull(mapJson(entries));
  if (isList(tree, entries)) return orNull((value) => listJson(itemJson(tree, entries))(field(value, 0)));
  const fields = tree.children.map((child) => ({ name: child.element.name, json: jsonOf(child) }));
  return orNull((value) => objectJson(fields.map(({ name, json }, i) => [name, json(field(value, i))])));
}

/** Variants are groups too. */
function checkGroup({ name, logical_type: logical, converted_type: converted }: SchemaElement): void {
  const annotation = logical?.type ?? converted;
  if (annotation !== undefined && !groups.includes(annotation))
    throw new RangeError(`column ${name} holds ${annotation}, which no column here can hold`);
}

const groups: readonly string[] = ['LIST', 'MAP', 'MAP_KEY_VALUE'];

function isList({ element, children }: SchemaTree, { element: repeated }: SchemaTree): boolean {
  const isSo = element.converted_type === 'LIST' || element.logical_type?.type === 'LIST';
  return isSo && children.length === 1 && repeated.repetition_type === 'REPEATED';
}

function isMap({ element, children }: SchemaTree, { element: repeated, children: pair }: SchemaTree): boolean {
  const isSo = element.logical_type?.type === 'MAP' || element.converted_type === 'MAP' || element.converted_type === 'MAP_KEY_VALUE';
  return isSo && children.length === 1 && repeated.repetition_type === 'REPEATED' && pair.length === 2;
}

/** Each item has a group of its own around it, but in files that are old. */
function itemJson(list: SchemaTree, repeated: SchemaTree): ToJson {
  const [item, ...more] = repeated.children;
  const { name } = repeated.element;
  if (!item || more.length > 0 || name === 'array' || name === `${list.element.name}_tuple`) return oneJson(repeated);
  const json = jsonOf(item);
  return (value) => json(field(value, 0));
}

function mapJson(entries: SchemaTree): ToJson {
  const [key, value] = entries.children.map(jsonOf);
  return (map) => objectJson(items(field(map, 0)).map((entry) => [keyText(key!(field(entry, 0))), value!(field(entry, 1))]));
}

/** A name in JSON is text, whatever the key of a map is. */
function keyText(json: string): string {
  return json.startsWith('"') ? JSON.parse(json) : json;
}

function listJson(item: ToJson): ToJson {
  return (list) => `[${items(list).map(item).join(',')}]`;
}

function objectJson(entries: readonly (readonly [string, string])[]): string {
  return `{${[...new Map(entries)].map(([name, json]) => `${JSON.stringify(name)}:${json}`).join(',')}}`;
}

function leafJson(kind: ParquetKind): ToJson {
  if (kind.is === 'nested') throw new TypeError('A leaf holds nothing nested');
  return orNull((value) => {
    const text = textOf(kind, value);
    return isToken(kind, text) ? text : JSON.stringify(text);
  });
}

function isToken({ is }: ParquetKind, text: string): boolean {
  if (is === 'float' || is === 'float16') return Number.isFinite(Number(text));
  return is === 'boolean' || is === 'integer' || is === 'unsigned' || is === 'decimal';
}

function orNull(json: ToJson): ToJson {
  return (value) => (value === null || value === undefined ? 'null' : json(value));
}

function field(group: unknown, index: number): unknown {
  return (group as Readonly<Record<string, unknown>> | undefined)?.[`c${index}`];
}

function items(list: unknown): readonly unknown[] {
  return (list as readonly unknown[] | undefined) ?? [];
}
