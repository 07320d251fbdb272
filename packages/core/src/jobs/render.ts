import type { JobStatus } from './state';
import { millisecondsBetween } from './state';
import type { JobMessage, JobSpan, JobTimeline } from './timeline';

export interface RenderOptions {
  /** Characters in a line. At least 60; default 100. */
  readonly width?: number;
}

const marks: Partial<Record<JobStatus, string>> = { created: '·', waiting: '░', processing: '█', terminating: '▒' };

interface Line {
  readonly label: string;
  readonly depth: number;
  readonly timeline: JobTimeline;
}

interface Frame {
  readonly from: string;
  readonly to: string;
  readonly labelWidth: number;
  readonly barWidth: number;
}

/**
 * A timeline as text for a terminal: a line a job, with a bar for the time from its creation to its end, below a scale; then the
 * messages. `·` created, `░` waiting, `█` processing, `▒` terminating.
 */
export function renderTimeline(timeline: JobTimeline, { width = 100 }: RenderOptions = {}): string {
  const lines = linesOf(timeline);
  const day = `${timeline.job.createdAt.slice(0, 10)} UTC`;
  const all = Math.max(60, width);
  const labelWidth = Math.min(Math.floor(all / 3), Math.max(day.length, ...lines.map(({ label }) => label.length)));
  const ends = Math.max(...lines.map((line) => endOf(line).length));
  const barWidth = all - labelWidth - ends - 4;
  const frame = { from: timeline.job.createdAt, to: latestOf(lines), labelWidth, barWidth };
  const shown = [
    `${fitted(day, labelWidth)}  ${scale(frame)}`,
    ...lines.map((line) => bar(line, frame)),
    ...messagesOf(lines).map((message) => said(message, all)),
  ];
  return `${shown.map((line) => line.trimEnd()).join('\n')}\n`;
}

function linesOf(timeline: JobTimeline, depth = 0): Line[] {
  const { component, configuration } = timeline.job;
  const label = `${'  '.repeat(depth)}${plain(configuration === undefined ? component : `${component} ${configuration}`)}`;
  return [{ label, depth, timeline }, ...timeline.children.flatMap((child) => linesOf(child, depth + 1))];
}

function scale({ from, to, barWidth }: Frame): string {
  const [start, end] = [from.slice(11, 19), to.slice(11, 19)];
  return `${start} ${'─'.repeat(Math.max(0, barWidth - start.length - end.length - 2))} ${end}`;
}

function bar(line: Line, frame: Frame): string {
  const cells = Array<string>(frame.barWidth).fill(' ');
  for (const span of line.timeline.states) fill(cells, span, line.timeline.asOf, frame);
  return `${fitted(line.label, frame.labelWidth)}  ${cells.join('')}  ${endOf(line)}`;
}

/** What lasted any time at all has a cell at least. */
function fill(cells: string[], { status, from, to, durationMs }: JobSpan, asOf: string, frame: Frame): void {
  const mark = marks[status];
  if (mark === undefined || durationMs === 0) return;
  const cellOf = (instant: string) =>
    Math.floor((millisecondsBetween(frame.from, instant) / Math.max(1, millisecondsBetween(frame.from, frame.to))) * frame.barWidth);
  const first = Math.min(frame.barWidth - 1, cellOf(from));
  const last = Math.max(first + 1, Math.min(frame.barWidth, cellOf(to ?? asOf)));
  cells.fill(mark, first, last);
}

/** `success 3m 2s` */
function endOf({ timeline: { job, asOf, states } }: Line): string {
  const until = job.endedAt ?? asOf;
  const from = job.startedAt ?? states[0]?.from ?? until;
  return `${job.status} ${duration(millisecondsBetween(from, until))}`;
}

function said({ label, message }: { readonly label: string; readonly message: JobMessage }, width: number): string {
  const line = `${message.at.slice(11, 19)} ${message.level.padEnd(7)} ${label.trim()}: ${plain(message.text)}`;
  return fitted(line, width);
}

function messagesOf(lines: readonly Line[]): { label: string; message: JobMessage }[] {
  const all = lines.flatMap(({ label, timeline }) => timeline.messages.map((message) => ({ label, message })));
  return all.toSorted((a, b) => a.message.position - b.message.position);
}

function latestOf(lines: readonly Line[]): string {
  return lines
    .map(({ timeline: { job, asOf } }) => job.endedAt ?? asOf)
    .toSorted()
    .at(-1)!;
}

function fitted(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, width - 1)}…` : text.padEnd(width);
}

/** Texts come from outside: what would move the cursor or colour the terminal becomes a space. */
function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ');
}

/** The two largest units that say something: `2d 3h`, `1m 5s`, `0.3s`. */
function duration(milliseconds: number): string {
  if (milliseconds < 10_000) return `${(milliseconds / 1_000).toFixed(1)}s`;
  const seconds = Math.floor(milliseconds / 1_000);
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3_600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [seconds % 60, 's'],
  ] as const;
  const first = parts.findIndex(([count]) => count > 0);
  const said = parts.slice(first, first + 2).filter(([count]) => count > 0);
  return said.map(([count, unit]) => `${count}${unit}`).join(' ');
}
