import type { Change, Filter, Part, Splice, TableData } from '@daybook/core';
import type { Session } from './database';
import { type Engine, noRows } from './engine';
import { PartWriter } from './part-writer';
import { conditions, partColumn, place, sqlColumn, toPart } from './sql';
import { same, Version } from './version';

/** Removes rows: by their key where there is one, else out of the parts that hold them. No conditions = all rows. */
export async function deleteRows(engine: Engine, base: TableData, where: readonly Filter[]): Promise<Change> {
  await using version = await Version.open(engine.parts, base);
  await using session = await engine.database.borrow();
  await using scratch = await engine.parts.scratch();
  await using writer = new PartWriter(engine.parts, session, scratch, base.project);
  const found = `SELECT * FROM (${version.rows()}) WHERE ${conditions(base.columns, where)}`;
  const change =
    base.primaryKey.length > 0 ? await deleteByKey(version, writer, found) : await deleteInPlace(version, session, writer, found);
  writer.keep();
  return change;
}

async function deleteByKey({ data }: Version, writer: PartWriter, found: string): Promise<Change> {
  const added = await writer.write({ kind: 'deletes', key: data.primaryKey }, toPart(data.primaryKey, found));
  const deleted = added.reduce((sum, { rows }) => sum + rows, 0);
  return { splices: added.length > 0 ? [{ at: data.parts.length, removed: [], added }] : [], rows: { ...noRows, deleted } };
}

/** An `upserts` part goes on taking the keys that it took from the parts before it. */
async function deleteInPlace(version: Version, session: Session, writer: PartWriter, found: string): Promise<Change> {
  const { data, holders } = version;
  const deleted = await version.choose(session, `SELECT ${place} FROM (${found})`);
  if (deleted === 0) return { splices: [], rows: noRows };

  const counts = await session.rows(`SELECT file_index FROM (${version.stored([])}) WHERE ${version.isChosen} GROUP BY ALL ORDER BY ALL`);
  const splices: Splice[] = [];
  for (const index of counts.map(([index]) => Number(index))) {
    const holder = holders[index]!;
    const { file, isChosen } = version.holder(index);
    const kind = { kind: holder.kind, ...(holder.key && { key: holder.key }) };
    const rest = await writer.write(kind, `SELECT * FROM ${file} WHERE NOT ${isChosen}`);
    const taken = holder.key
      ? await writer.write(
          { kind: 'deletes', key: holder.key },
          `SELECT ${holder.key.map(partColumn).join(', ')} FROM ${file} WHERE ${isChosen}`,
        )
      : [];
    splices.push({ at: data.parts.indexOf(holder), removed: [holder.id], added: [...rest, ...taken] });
  }
  return { splices, rows: { ...noRows, deleted } };
}

/** Folds a run of parts into fewer that read the same. */
export async function compact(engine: Engine, base: TableData, { at, count }: { at: number; count: number }): Promise<Change> {
  const run = base.parts.slice(at, at + count);
  if (run.length < 2) return { splices: [], rows: noRows };
  await using version = await Version.open(engine.parts, { ...base, parts: run }, base.parts);
  await using session = await engine.database.borrow();
  await using scratch = await engine.parts.scratch();
  await using writer = new PartWriter(engine.parts, session, scratch, base.project);
  const added = at === 0 ? await writer.write({ kind: 'rows' }, await rowsOf(version, session)) : await fold(version, session, writer);
  writer.keep();
  return { splices: [{ at, removed: run.map(({ id }) => id), added }], rows: noRows };
}

/** A run in the middle goes on taking what it took from the parts before it. */
async function fold(version: Version, session: Session, writer: PartWriter): Promise<Part[]> {
  const [key, ...others] = version.keys;
  const rows = await rowsOf(version, session);
  if (!key || others.length > 0 || version.data.parts.some(({ kind }) => kind === 'rows')) {
    const taken: Part[] = [];
    for (const each of version.keys)
      taken.push(...(await writer.write({ kind: 'deletes', key: each }, toPart(each, version.keysOf(each)))));
    return [...taken, ...(await writer.write({ kind: 'rows' }, rows))];
  }
  // Each row left came with its key, which no other row has, so one part can hold the rows and take their keys.
  const left = `SELECT ${key.map(sqlColumn).join(', ')} FROM (${version.rows()})`;
  const deleted = `SELECT k.* FROM (${version.keysOf(key)}) k ANTI JOIN (${left}) r ON ${same('k', 'r', key)}`;
  return [...(await writer.write({ kind: 'deletes', key }, toPart(key, deleted))), ...(await writer.write({ kind: 'upserts', key }, rows))];
}

async function rowsOf(version: Version, session: Session): Promise<string> {
  return toPart(version.storedIds, await version.ordered(session));
}
