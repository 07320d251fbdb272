import { describe, expect, it } from 'vitest';
import { inTemporaryFolder, runProgram } from './run-program';

const run = (name: string) => inTemporaryFolder((folder) => runProgram(`examples/${name}`, folder));

describe('an example', () => {
  it('travels in time', async () => {
    const printed = await run('time-travel.ts');
    expect(printed).toContain('2026-02-15 | in.c-main.prices: 3 rows of item, price\n');
    expect(printed).toContain('2026-03-15 | in.c-main.price_list: 3 rows of item, price, currency\n');
    expect(printed).toContain('2026-04-15 | no tables\n');
    expect(printed).toContain('prices in January: [{"item":"tea","price":"3"},{"item":"coffee","price":"4"}]\n');
  });

  it('says who changed a table, and what', async () => {
    const printed = await run('who-changed-this-table.ts');
    expect(printed).toContain('- bob loaded 1 row into in.c-main.orders: 1 updated\n');
    expect(printed).toContain('version 3 by alice: {"inserted":0,"updated":0,"unchanged":0,"deleted":1}\n');
    expect(printed).toContain('"before":{"id":"2","status":"new"},"after":{"id":"2","status":"paid"}');
  });

  it('shows the timeline of jobs, and what they did', async () => {
    const printed = await run('jobs.ts');
    expect(printed).toMatch(/^ {2}acme\.extractor shop {2}·+█+ +success 1m 10s$/m);
    expect(printed).toMatch(/^ {2}acme\.writer crm {6}░+█+ +error 40s$/m);
    expect(printed).toContain('in.c-main.orders: tableCreate, 2 rows in\n');
    expect(printed).toContain('acme.writer failed after 40 s: The password of the CRM is wrong\n');
    expect(printed).toContain('same night, same job: true\n');
    expect(printed).toContain('COMPLETE acme.extractor/shop in.c-main.orders | START acme.writer/crm | FAIL acme.writer/crm |');
  });

  it('replays a history into the same project', async () => {
    expect(await run('replay-a-history.ts')).toContain('Replayed: Sales | in.c-main.orders version 2\n');
  });
});
