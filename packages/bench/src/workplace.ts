import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Daybook, openDaybook, type Project, type Storage } from '@daybook/core';
import { fileStorage } from '@daybook/file';

/** A folder for as long as `work` takes, on the disk that temporary files are on. */
export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'daybook-bench-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A project in files, with the bucket `in.c-main`. */
export async function inProject<T>(folder: string, work: (project: Project, storage: Storage, daybook: Daybook) => Promise<T>): Promise<T> {
  const storage = fileStorage({ directory: join(folder, 'book') });
  const daybook = await openDaybook({
    storage,
    onError: (error) => {
      throw error;
    },
  });
  try {
    const someone = daybook.as({ kind: 'person', id: 'someone' });
    const { id: organization } = await someone.createOrganization({ name: 'Bench' });
    const project = await someone.createProject({ organization, name: 'Bench' });
    await project.createBucket({ stage: 'in', name: 'main' });
    return await work(project, storage, daybook);
  } finally {
    await daybook.close();
  }
}
