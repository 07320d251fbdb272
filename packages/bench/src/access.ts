import { alone, type Suite } from './figure';
import { median, say, seconds } from './measure';
import { inFolder, inProject } from './workplace';

const rounds = 9;
const each = 2_000;
const accesses = 1_000;
const tables = 200;

/** What every request of a holder of limited access costs before anything else: whose secret it is, and whether they may. */
export const access: Suite = {
  figures: ['authenticate-and-check'],
  run: (report) =>
    inFolder((folder) =>
      inProject(folder, async (project, _storage, daybook) => {
        say(`granting ${accesses} accesses to a project of ${tables} tables`);
        for (let i = 0; i < tables; i++) await project.createTable(`in.c-main.table_${i}`, { columns: [{ name: 'id' }] });
        const granted = await Promise.all(
          Array.from({ length: accesses }, () => project.grantAccess({ buckets: { 'in.c-main': 'read' } })),
        );
        const { secret } = granted[accesses >> 1]!;
        // A query with nothing to answer: what is left is the check.
        const request = async () => (await (await daybook.authenticate(secret)).project()).snapshots();
        await request();
        const times: number[] = [];
        for (let round = 0; round < rounds; round++) {
          times.push(
            await seconds(async () => {
              for (let i = 0; i < each; i++) await request();
            }),
          );
        }
        report(alone({ name: 'authenticate-and-check', value: (median(times) / each) * 1e6, unit: 'µs', goal: '<= 50' }));
      }),
    ),
};
