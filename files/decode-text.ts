import { isUtf8 } from 'node:buffer';

/**
 * Decodes a text file: UTF-8, or UTF-16 with a byte order mark, which PowerShell writes by default. The byte order mark is
 * removed; Windows editors add it to UTF-8 as well.
 * @throws {TypeError} if the bytes are neither, rather than decode a name or a password to something else
 */
export function decodeText(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return bytes.toString('utf16le', 2);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  if (!isUtf8(bytes)) throw new TypeError('not text in UTF-8');
  const text = bytes.toString('utf8');
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}
