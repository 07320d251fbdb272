import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { storageConformance } from '@daybook/testing';
import { afterAll, describe, it } from 'vitest';
import { fileStorage } from './index';

const directory = mkdtempSync(join(tmpdir(), 'daybook-laws-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }), 120_000);

storageConformance('file', { describe, it, open: async (place) => fileStorage({ directory: join(directory, place) }) });
