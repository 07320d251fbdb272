import { type JobTimeline, renderTimeline } from '@daybook/core';
import { describe, expect, it } from 'vitest';
import { openBook } from '../../test/book';

const seconds = (count: number) => count / (24 * 60 * 60);

async function flow(): Promise<JobTimeline> {
  const { project, day } = await openBook();
  const parent = await project.createJob({ component: 'acme.flow', configuration: 'nightly' });
  day(seconds(10));
  await parent.start();
  const extract = await project.createJob({ component: 'acme.extractor', parent: parent.id });
  await extract.wait();
  day(seconds(30));
  await extract.start();
  await extract.log('warn', 'slow\u001b[31m\nserver', { seconds: 9 });
  day(seconds(60));
  await extract.succeed();
  const write = await project.createJob({ component: 'acme.writer', parent: parent.id });
  await write.start();
  day(seconds(80));
  await parent.terminate();
  day(seconds(90));
  await write.stopped();
  await parent.stopped();
  day(seconds(100));
  return parent.timeline();
}

describe('a timeline as text', () => {
  it('has a bar for each job below a scale, then the messages', async () => {
    expect(renderTimeline(await flow(), { width: 80 })).toBe(
      [
        '2026-01-01 UTC     00:00:00 ──────────────────────── 00:01:30',
        'acme.flow nightly  ····█████████████████████████████████▒▒▒▒▒  terminated 1m 20s',
        '  acme.extractor       ░░░░░░░░░░██████████████                success 30s',
        '  acme.writer                                  █████████▒▒▒▒▒  terminated 30s',
        '00:00:30 warn    acme.extractor: slow [31m server',
        '',
      ].join('\n'),
    );
  });

  it('keeps to the width that it is given', async () => {
    const timeline = await flow();
    for (const width of [1, 60, 63, 120]) {
      for (const line of renderTimeline(timeline, { width }).split('\n')) expect(line.length).toBeLessThanOrEqual(Math.max(width, 60));
    }
  });

  it('shows a job that has just been created, and one that goes on', async () => {
    const { project, day } = await openBook();
    const job = await project.createJob({ component: 'x' });
    expect(renderTimeline(await job.timeline())).toContain('created 0.0s');
    await job.start();
    day(2);
    expect(renderTimeline(await job.timeline())).toMatch(/^x +█+ {2}processing 2d\n/m);
  });
});
