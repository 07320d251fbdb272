// Loads a CSV file into a new book and prints the peak of this process's memory, in KiB.
import { createReadStream } from 'node:fs';
import type { Project } from '@daybook/core';
import { inProject } from './workplace';

const [csv, book] = process.argv.slice(2);
const load = (project: Project) => project.createTable('in.c-main.rows', { from: { csv: createReadStream(csv!) }, primaryKey: ['id'] });
await inProject(book!, load);
console.log(process.resourceUsage().maxRSS);
