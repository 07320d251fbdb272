import { parseFloat16 } from 'hyparquet/src/convert.js';
import type { ParquetKind, TimeUnit } from './kinds';

export type LeafKind = Exclude<ParquetKind, { is: 'nested' }>;

/**
 * The text of a value as it is stored, losing nothing: canonical where it fits its kind's type, and else to be refused for what it is. Whole numbers come as numbers
 * or bigints, INT96 as nanoseconds since 1970, texts and fixed lengths as bytes.
 */
export function textOf(kind: LeafKind, value: unknown): string {
  switch (kind.is) {
    case 'boolean':
    case 'float':
    case 'integer':
      return String(value);
    case 'float16':
      return String(parseFloat16(value as Uint8Array));
    case 'unsigned':
      return String(BigInt.asUintN(kind.bits, BigInt(value as number | bigint)));
    case 'decimal':
      return decimalText(value instanceof Uint8Array ? signed(value) : BigInt(value as number | bigint), kind.scale);
    case 'date':
      return endless(BigInt(value as number), 32) ?? dateText(BigInt(value as number));
    case 'time':
      return timeText(BigInt(value as number | bigint), digits[kind.unit]);
    case 'timestamp':
      return timestampText(value as bigint, digits[kind.unit]);
    case 'int96':
      return timestampText(value as bigint, digits.NANOS);
    case 'interval':
      return intervalText(value as Uint8Array);
    case 'uuid':
      return hex(value as Uint8Array).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
    case 'bytes':
    case 'text':
      return utf8(value as Uint8Array);
    default:
      throw new TypeError(`Not a kind of values: ${kind satisfies never}`);
  }
}

const digits: Readonly<Record<TimeUnit, number>> = { MILLIS: 3, MICROS: 6, NANOS: 9 };

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Bytes that are no text have one that no column takes: it holds NUL. */
function utf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    return `\0x${hex(bytes)}`;
  }
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function signed(bigEndian: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bigEndian) value = (value << 8n) | BigInt(byte);
  return BigInt.asIntN(8 * bigEndian.length, value);
}

/** Without zeros at the end of a fraction. */
function decimalText(unscaled: bigint, scale: number): string {
  const all = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
  const point = all.length - scale;
  const fraction = all.slice(point).replace(/0+$/, '');
  return `${unscaled < 0n ? '-' : ''}${all.slice(0, point)}${fraction && `.${fraction}`}`;
}

/** Before midnight and beyond a day it is what it says, though no clock shows it. */
function timeText(time: bigint, fine: number): string {
  if (time < 0n) return `-${timeText(-time, fine)}`;
  const perSecond = 10n ** BigInt(fine);
  const seconds = time / perSecond;
  const clock = [seconds / 3600n, (seconds / 60n) % 60n, seconds % 60n].map((part) => String(part).padStart(2, '0'));
  return `${clock.join(':')}${decimalText(time % perSecond, fine).slice(1)}`;
}

/** An ISO instant from so many digits of a second since 1970. */
function timestampText(instant: bigint, fine: number): string {
  const perDay = 86_400n * 10n ** BigInt(fine);
  const time = ((instant % perDay) + perDay) % perDay;
  return endless(instant, 64) ?? `${dateText((instant - time) / perDay)}T${timeText(time, fine)}Z`;
}

/** Other programs write infinity as the largest number on either side of zero. */
function endless(value: bigint, bits: number): string | undefined {
  const most = 2n ** BigInt(bits - 1) - 1n;
  return value === most ? 'infinity' : value === -most ? '-infinity' : undefined;
}

const daysOf400Years = 146_097n;

/** A date from days since 1970, as ISO 8601 writes years that have not four digits. A calendar repeats itself after 400 years. */
function dateText(days: bigint): string {
  const within = ((days % daysOf400Years) + daysOf400Years) % daysOf400Years;
  const date = new Date(Number(within) * 86_400_000).toISOString().slice(0, 10);
  const year = BigInt(date.slice(0, 4)) + 400n * ((days - within) / daysOf400Years);
  const shown = String(year < 0n ? -year : year);
  const isFar = year < 0n || year > 9999n;
  return `${isFar ? (year < 0n ? '-' : '+') : ''}${shown.padStart(isFar ? 6 : 4, '0')}${date.slice(4)}`;
}

/** As ISO 8601 writes durations. */
function intervalText(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [months, days, ms] = [view.getUint32(0, true), view.getUint32(4, true), view.getUint32(8, true)];
  return `P${months}M${days}DT${decimalText(BigInt(ms), 3)}S`;
}
