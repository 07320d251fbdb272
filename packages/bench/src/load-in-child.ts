// Loads a CSV file into a new book and prints the peak of this process's memory, in KiB.
import { createReadStream } from 'node:fs';
import { inProject } from './workplace';

const [csv, book] = process.argv.slice(2);
await inProject(book!, (project) => project.createTable('in.c-main.rows', { from: { csv: createReadStream(csv!) }, primaryKey: ['id'] }));
console.log(process.resourceUsage().maxRSS);
