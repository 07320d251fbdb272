import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

it('is where instants come in: nothing else reads them', () => {
  const cwd = fileURLToPath(new URL('.', import.meta.url));
  const files = readdirSync(cwd, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !/[.]test(-d)?[.]ts$/.test(file),
  );
  const reading = files.filter((file) => /z\.(iso\.|date\()/.test(readFileSync(`${cwd}${file}`, 'utf8')));
  expect(reading).toEqual(['fields.ts']);
});
