/** The types of elements, by their object ids in PostgreSQL. */
const oids = { integer: 23, bigint: 20, text: 25 } as const;

export function integers(values: readonly number[]): Buffer {
  return encode(oids.integer, values.length, values.length * 8, (array, offset) => {
    let at = offset;
    for (const value of values) at = array.writeInt32BE(value, array.writeInt32BE(4, at));
  });
}

export function bigints(values: readonly number[]): Buffer {
  return encode(oids.bigint, values.length, values.length * 12, (array, offset) => {
    let at = offset;
    for (const value of values) {
      at = array.writeInt32BE(8, at);
      at = array.writeInt32BE(Math.floor(value / 2 ** 32), at);
      at = array.writeInt32BE(value | 0, at);
    }
  });
}

export function texts(values: readonly string[]): Buffer {
  const lengths = values.map((value) => Buffer.byteLength(value));
  const size = lengths.reduce((sum, length) => sum + length, values.length * 4);
  return encode(oids.text, values.length, size, (array, offset) => {
    let at = offset;
    for (const [index, value] of values.entries()) {
      at = array.writeInt32BE(lengths[index]!, at);
      at += array.write(value, at);
    }
  });
}

/** PostgreSQL's binary form of an array: no quoting here, no parsing there. */
function encode(oid: number, count: number, size: number, write: (array: Buffer, offset: number) => void): Buffer {
  const dimensions = count === 0 ? 0 : 1;
  const header = [dimensions, 0, oid, ...(count === 0 ? [] : [count, 1])];
  const array = Buffer.allocUnsafe(header.length * 4 + size);
  let at = 0;
  for (const field of header) at = array.writeInt32BE(field, at);
  write(array, at);
  return array;
}
