import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Credentials } from '../configuration.ts';

/** Whether a request has the right `Authorization` header. */
type Authenticate = (request: { readonly headers: IncomingHttpHeaders }) => boolean;

const BASIC = /^ *basic +([A-Za-z0-9._~+/-]+=*) *$/i;

/**
 * Basic authentication (RFC 7617), or none if there are no credentials. User name and password may be sent in UTF-8 or in the
 * encodings of older clients. Digests of equal length are compared, always all of them, so that the time taken reveals
 * nothing. The header as nearly every client writes it is compared as a whole first, which takes a tenth of the time.
 */
export function buildAuthenticate(credentials: Credentials | undefined): Authenticate {
  if (!credentials) return () => true;
  const encodings = encode(`${credentials.username}:${credentials.password.reveal()}`);
  const isUsual = buildCompare(`Basic ${encodings[0].toString('base64')}`);
  const digests = encodings.map(toDigest);
  return ({ headers: { authorization = '' } }) => {
    if (isUsual(authorization)) return true;
    const sent = toDigest(Buffer.from(BASIC.exec(authorization)?.[1] ?? '', 'base64'));
    return digests.reduce((isRight, digest) => timingSafeEqual(digest, sent) || isRight, false);
  };
}

/**
 * The bytes that clients send for a text: UTF-8, with accents composed or not, and Windows-1252, of which Latin-1 is a part
 * (python-requests before 3, curl on Windows). The first is the text as it is.
 */
function encode(text: string): [Buffer, ...Buffer[]] {
  const composed = text.normalize('NFC');
  return [
    Buffer.from(text),
    Buffer.from(composed),
    Buffer.from(text.normalize('NFD')),
    ...[encodeWindows1252(composed)].filter((bytes) => bytes !== undefined),
  ];
}

/** The characters of Windows-1252 from 0x80 to 0x9f; the others are those of Latin-1. (The TextDecoder of Node 20 has it wrong.) */
const WINDOWS_1252 = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ';

/** The text in Windows-1252; undefined if it has other characters. */
function encodeWindows1252(text: string): Buffer | undefined {
  const bytes = Array.from(text, (character) => {
    const position = WINDOWS_1252.indexOf(character);
    return position < 0 ? (character.codePointAt(0) as number) : 0x80 + position;
  });
  return bytes.every((byte) => byte < 0x100) ? Buffer.from(bytes) : undefined;
}

/** Compares texts with an ASCII text, in a time that depends on neither. */
function buildCompare(expected: string): (text: string) => boolean {
  const bytes = Buffer.from(expected, 'latin1');
  const sent = Buffer.alloc(bytes.length);
  return (text) => {
    sent.write(text, 'latin1');
    return timingSafeEqual(sent, bytes) && text.length === bytes.length;
  };
}

function toDigest(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}
