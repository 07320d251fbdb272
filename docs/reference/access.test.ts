import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { accessPage } from '../../scripts/access-page';

it('the access page is what the access tables say', () => {
  const page = readFileSync(new URL('./access.md', import.meta.url), 'utf8');
  expect(page, 'npx -y pnpm@10 run docs prints it anew').toBe(accessPage());
});
