// Writes docs/reference/access.md. Run: npx -y pnpm@10 run docs
import { writeFileSync } from 'node:fs';
import { accessPage } from './access-page';

writeFileSync(new URL('../docs/reference/access.md', import.meta.url), accessPage());
