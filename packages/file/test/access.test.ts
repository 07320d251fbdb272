import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDaybook } from '@daybook/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fileStorage } from '../src/index';
import { startChild } from './child';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'daybook-file-'));
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe('access that one process revokes', () => {
  it('opens nothing in another, from the moment that the revocation was acknowledged', { timeout: 120_000 }, async () => {
    const daybook = await openDaybook({ storage: fileStorage({ directory }) });
    const alice = daybook.as({ kind: 'person', id: 'alice' });
    const { id: organization } = await alice.createOrganization({ name: 'Acme' });
    const project = await alice.createProject({ organization, name: 'Sales' });
    await project.createBucket({ stage: 'in', name: 'main' });
    await project.createTable('in.c-main.orders', { columns: [{ name: 'id' }], primaryKey: ['id'] });
    const { id, secret } = await project.grantAccess({ buckets: { 'in.c-main': 'write' } });

    const child = startChild<{ begun: number; outcome: string }>('use-access.ts', { directory, secret });
    for (let used = 0; used < 6; used += 1) expect((await child.report()).outcome).toBe('done');
    await project.revokeAccess(id);
    const revoked = Number(process.hrtime.bigint());
    await child.end();

    const after = child.reports.filter(({ begun }) => begun > revoked).map(({ outcome }) => outcome);
    expect(after.length).toBeGreaterThan(2);
    expect(new Set(after)).toEqual(new Set(['ACCESS_DENIED', 'AUTHENTICATION_FAILED']));
    await daybook.close();
  });
});
