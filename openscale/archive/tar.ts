/**
 * Writes tar archives in the POSIX format (IEEE Std 1003.1, pax): names that are longer than 100 bytes or not ASCII, which column
 * names may cause, are in an extended header, as Python's tarfile writes them.
 */

/** A file of an archive; its content is all there, because its size stands before it. */
export interface TarEntry {
  readonly name: string;
  readonly content: Uint8Array | string;
}

const BLOCK = 512;
const MAX_NAME = 100;

/** The bytes of an archive, entry by entry, so that only one entry is in memory at a time. */
export async function* packTar(
  entries: AsyncIterable<TarEntry> | Iterable<TarEntry>,
  date: Date,
): AsyncGenerator<Uint8Array> {
  for await (const { name, content } of entries) {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    if (Buffer.byteLength(name) > MAX_NAME || !/^[\x20-\x7e]*$/.test(name)) {
      const record = Buffer.from(toPaxRecord('path', name));
      yield* packFile('PaxHeader', record, date, 'x');
    }
    yield* packFile(name, bytes, date, '0');
  }
  yield Buffer.alloc(2 * BLOCK);
}

function* packFile(name: string, content: Uint8Array, date: Date, type: '0' | 'x'): Generator<Uint8Array> {
  yield toHeader(name, content.length, date, type);
  yield content;
  const rest = content.length % BLOCK;
  if (rest > 0) yield Buffer.alloc(BLOCK - rest);
}

function toHeader(name: string, size: number, date: Date, type: string): Buffer {
  const header = Buffer.alloc(BLOCK);
  // Readers take the name from the extended header where there is one; this one has to be without halves of characters.
  header.write(name.replace(/[^\x20-\x7e]/g, '?').slice(0, MAX_NAME), 0, 'latin1');
  header.write('0000644\0', 100, 'latin1');
  header.write('0000000\0', 108, 'latin1');
  header.write('0000000\0', 116, 'latin1');
  header.write(`${toOctal(size, 11)} `, 124, 'latin1');
  header.write(`${toOctal(Math.floor(date.getTime() / 1000), 11)} `, 136, 'latin1');
  header.write('        ', 148, 'latin1');
  header.write(type, 156, 'latin1');
  header.write('ustar\x0000', 257, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${toOctal(sum, 6)}\0 `, 148, 'latin1');
  return header;
}

function toOctal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0');
}

/** A record of an extended header, which begins with its own length in bytes: `13 path=abcd\n`. */
function toPaxRecord(key: string, value: string): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest;
  while (rest + String(length).length !== length) length = rest + String(length).length;
  return `${length} ${key}=${value}\n`;
}
