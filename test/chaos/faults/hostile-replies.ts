/** Replies of an upstream that are valid or nearly valid JSON, and take as long to read as their bytes allow. */

/** The body of a hostile reply of about so many bytes, by its name. The default limit of an upstream is 8 MiB. */
export const hostileReplies: Readonly<Record<string, (size: number) => string>> = {
  'lists in lists': (size) => '['.repeat(size / 2) + ']'.repeat(size / 2),
  'objects in objects, unfinished': (size) => '{"a":'.repeat(size / 5),
  'empty lists': (size) => `[${'[],'.repeat(size / 3)}[]]`,
  'objects of different keys': (size) =>
    `[${Array.from({ length: size / 12 }, (_, index) => `{"${index.toString(36)}":1}`).join(',')}]`,
  'an object of many keys': (size) => `{${Array.from({ length: size / 14 }, (_, index) => `"k${index}":1`).join(',')}}`,
  'numbers and NaN': (size) => `[${'1,'.repeat(size / 2 - 4)}NaN]`,
  'text of escapes': (size) => `["${'\\u0041'.repeat(size / 6 - 2)}"]`,
  'no JSON': (size) => '<'.repeat(size),
};
