/** Bytes of a file as text. */
import { TextDecoder } from 'node:util';
import { CommandError } from '../errors/command-error.ts';

/** What WHATWG's windows-1252 has in place of the control characters of Latin-1 from 0x80 to 0x9F. */
const WINDOWS_1252 = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8DŽ\x8F\x90‘’“”•–—˜™š›œ\x9DžŸ';
const MARK = '\uFEFF';
const BYTE_ORDER_MARKS: readonly (readonly [encoding: string, bytes: readonly number[]])[] = [
  ['utf-8', [0xef, 0xbb, 0xbf]],
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
];

/** Names that Python, Java, iconv and Windows have, and TextDecoder does not; without punctuation. */
const ALIASES: Readonly<Record<string, string>> = {
  ansi: 'windows-1252',
  latin9: 'iso-8859-15',
  l9: 'iso-8859-15',
  utf8sig: 'utf-8',
  utf8bom: 'utf-8',
  cp65001: 'utf-8',
  cp874: 'windows-874',
  cp932: 'shift_jis',
  ms932: 'shift_jis',
  cp936: 'gbk',
  cp949: 'euc-kr',
  cp950: 'big5',
  macroman: 'macintosh',
};

/** The name of an encoding that can be read, undefined if there is none: latin1 is windows-1252, as on the web. */
export function toEncodingName(label: string): string | undefined {
  const bare = label.toLowerCase().replace(/[\s_.-]/g, '');
  const candidates = [
    label.trim(),
    ALIASES[bare] ?? bare,
    // iso8859_1, ISO-8859-1 and 8859_1; cp1252 and windows1252; utf_16_le; koi8_r
    bare.replace(/^(?:iso)?8859(?=\d+$)/, 'iso-8859-'),
    bare.replace(/^(?:cp|windows|win)(?=125\d$)/, 'windows-'),
    bare.replace(/^utf(?=\d)/, 'utf-'),
    bare.replace(/^koi8/, 'koi8-'),
  ];
  for (const candidate of candidates) {
    try {
      return new TextDecoder(candidate).encoding;
    } catch {
      // The next one may be known.
    }
  }
  return undefined;
}

/**
 * Detects an encoding with certainty: from a byte order mark, or from the zero bytes of UTF-16.
 * @returns undefined where only UTF-8 or an encoding of single bytes is possible
 */
export function detectEncoding(sample: Uint8Array): string | undefined {
  const marked = BYTE_ORDER_MARKS.find(([, bytes]) => bytes.every((byte, index) => sample[index] === byte));
  if (marked) return marked[0];
  const zeros = [0, 0];
  sample.forEach((byte, index) => {
    if (byte === 0) zeros[index % 2] = (zeros[index % 2] as number) + 1;
  });
  const [even, odd] = zeros as [number, number];
  // Half of the characters or more are Latin ones, whose high byte is zero, and no character is U+0000.
  if (even === 0 && odd > sample.length / 4) return 'utf-16le';
  return odd === 0 && even > sample.length / 4 ? 'utf-16be' : undefined;
}

/**
 * Decodes the bytes of a file, piece by piece. A byte order mark belongs to the beginning of a file; those further on, which
 * come from files that were joined, are left out.
 * @param onMark called with the line of every byte order mark that is left out
 * @throws {CommandError} naming the line, if the bytes are not text in the encoding
 */
export async function* decodeText(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  encoding: string,
  onMark?: (line: number) => void,
): AsyncGenerator<string> {
  const decode = buildDecoder(encoding);
  let line = 1;
  let last = '';
  for await (const chunk of chunks) {
    let text: string;
    try {
      text = decode(chunk);
    } catch {
      throw new CommandError(toComplaint(line + countBadLine(chunk, encoding), encoding));
    }
    if (text.includes(MARK)) {
      for (const part of text
        .split(MARK)
        .slice(0, -1)
        .map((_, index, parts) => parts.slice(0, index + 1).join('')))
        onMark?.(line + countBreaks(part, last));
      text = text.replaceAll(MARK, '');
    }
    line += countBreaks(text, last);
    last = text.at(-1) ?? last;
    yield text;
  }
  try {
    yield decode();
  } catch {
    throw new CommandError(toComplaint(line, encoding));
  }
}

/** The text at the beginning of a file, as far as it is there. */
export function decodeSample(sample: Uint8Array, encoding: string): string {
  try {
    // The sample may end in the middle of a character.
    return buildDecoder(encoding)(sample);
  } catch {
    throw new CommandError(toComplaint(1 + countBadLine(sample, encoding), encoding));
  }
}

/** A function that decodes the next bytes; without bytes, it throws if the text ends in the middle of a character. */
function buildDecoder(encoding: string): (bytes?: Uint8Array) => string {
  if (encoding === 'windows-1252') return (bytes) => (bytes ? decodeWindows1252(bytes) : '');
  const decoder = new TextDecoder(encoding, { fatal: true });
  return (bytes) => (bytes ? decoder.decode(bytes, { stream: true }) : decoder.decode());
}

/** How many lines end before the first character that cannot be decoded. */
function countBadLine(bytes: Uint8Array, encoding: string): number {
  const text = new TextDecoder(encoding).decode(bytes);
  return countBreaks(text.slice(0, Math.max(0, text.indexOf('\uFFFD'))), '');
}

/** How many lines end in a text that follows a character: at CRLF, LF or CR. */
function countBreaks(text: string, last: string): number {
  let count = last === '\r' && text.startsWith('\n') ? -1 : 0;
  if (text.includes('\r')) return count + (text.match(/\r\n?|\n/g)?.length ?? 0);
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}

function toComplaint(line: number, encoding: string): string {
  const wayOut =
    encoding === 'utf-8'
      ? 'Older Windows programs, Excel among them, write windows-1252: --encoding names another encoding.'
      : '--encoding names another encoding.';
  return `Line ${line} of the file is not ${encoding.toUpperCase()} text. ${wayOut}`;
}

/** Node.js 20 decodes windows-1252 as Latin-1 when it is given all bytes at once. */
function decodeWindows1252(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    .toString('latin1')
    .replace(/[\x80-\x9F]/g, (character) => WINDOWS_1252[character.charCodeAt(0) - 0x80] as string);
}
