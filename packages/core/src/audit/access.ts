import type { Access } from '../capability';

export const auditQueryAccess = {
  history: { may: ['administrator', 'system'] },
} as const satisfies Access<string>;
