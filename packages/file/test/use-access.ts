/** Uses limited access again and again until it is refused three times. Reports each use: when it began, on the clock that all processes share, and its outcome. */
import { isDaybookError, openDaybook } from '@daybook/core';
import { fileStorage } from '../src/index';
import { argument, report } from './in-child';

const { directory, secret } = argument<{ directory: string; secret: string }>();
const daybook = await openDaybook({ storage: fileStorage({ directory }) });
const project = await (await daybook.authenticate(secret)).project();
const uses = [
  () => project.tables(),
  () => project.table('in.c-main.orders').load({ rows: [{ id: 1 }] }, { mode: 'incremental' }),
  () => daybook.authenticate(secret),
];
for (let refused = 0, i = 0; refused < 6; i += 1) {
  const begun = Number(process.hrtime.bigint());
  const outcome = await uses[i % uses.length]!().then(
    () => 'done',
    (error) => (isDaybookError(error) ? error.code : String(error)),
  );
  if (outcome !== 'done') refused += 1;
  await report({ begun, outcome });
}
await daybook.close();
process.disconnect();
