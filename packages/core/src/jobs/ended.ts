import { DaybookError } from '../errors';
import type { Actor, EventStore, LogId, RecordedEvent } from '../event-store';
import { first } from '../reading';
import { type JobEnd, statusByEnd } from './events';

/** The event that ended a job, whoever created it or by one actor: one look-up in the index. */
export function jobEnd(
  events: EventStore,
  log: LogId,
  job: string,
  { createdBy, upTo }: { readonly createdBy?: Actor; readonly upTo?: number } = {},
): Promise<RecordedEvent | undefined> {
  const tags = [`job-end:${job}`, ...(createdBy ? [`created-by:${createdBy.kind}:${createdBy.id}`] : [])];
  return first(events.read(log, { tags, ...(upTo !== undefined && { upTo }), limit: 1 }));
}

/** Refuses: `JOB_FINISHED`. */
export async function refuseEnded(events: EventStore, log: LogId, job: string, createdBy?: Actor): Promise<void> {
  const end = await jobEnd(events, log, job, { ...(createdBy && { createdBy }) });
  if (end) throw new DaybookError('JOB_FINISHED', { job, status: statusByEnd[end.type as JobEnd] });
}
