/** The request of the form as code. Names and values may be anything, so everything is quoted as its language demands. */
import type { Authentication } from './data.ts';

/** A request to be written as code. */
export interface SnippetRequest {
  readonly url: string;
  /** JSON text. */
  readonly body: string;
  readonly authentication: readonly Authentication[];
}

/** The languages, in the order of their tabs. */
export const SNIPPETS = {
  curl: writeCurl,
  Python: writePython,
  JavaScript: writeJavaScript,
} as const;

type Way = 'basic' | 'api-key' | undefined;

function toWay(authentication: readonly Authentication[]): Way {
  return authentication.includes('basic') ? 'basic' : authentication.includes('api-key') ? 'api-key' : undefined;
}

/** A word of a POSIX shell. */
export function quoteShell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** One command of a POSIX shell; credentials come from environment variables. */
export function writeCurl({ url, body, authentication }: SnippetRequest): string {
  const way = toWay(authentication);
  return [
    `curl --silent --show-error --globoff ${quoteShell(url)}`,
    ...(authentication.includes('certificate')
      ? ['--cert "$ENGINE_CLIENT_CERTIFICATE" --key "$ENGINE_CLIENT_KEY"']
      : []),
    ...(way === 'basic' ? ['--user "$ENGINE_USERNAME:$ENGINE_PASSWORD"'] : []),
    ...(way === 'api-key' ? ['--header "X-API-Key: $ENGINE_API_KEY"'] : []),
    `--header 'Content-Type: application/json'`,
    `--data-raw ${quoteShell(body)}`,
  ].join(' \\\n  ');
}

/** A program for Python 3 without packages. */
export function writePython({ url, body, authentication }: SnippetRequest): string {
  const way = toWay(authentication);
  const headers = ['"Content-Type": "application/json"'];
  const imports = ['import json', ...(way ? ['import os'] : []), 'import urllib.request'];
  const before: string[] = [];
  if (way === 'basic') {
    imports.unshift('import base64');
    before.push('user = os.environ["ENGINE_USERNAME"] + ":" + os.environ["ENGINE_PASSWORD"]', '');
    headers.push('"Authorization": "Basic " + base64.b64encode(user.encode()).decode()');
  }
  if (way === 'api-key') headers.push('"X-API-Key": os.environ["ENGINE_API_KEY"]');
  return [
    ...imports,
    '',
    `body = ${toPython(body)}`,
    '',
    ...before,
    'request = urllib.request.Request(',
    `    ${quoteAscii(url)},`,
    '    data=json.dumps(body).encode(),',
    `    headers={${headers.join(', ')}},`,
    ')',
    'with urllib.request.urlopen(request) as response:',
    '    print(json.load(response))',
  ].join('\n');
}

/** JSON is Python but for three words, outside of its texts. */
function toPython(json: string): string {
  const words: Record<string, string> = { true: 'True', false: 'False', null: 'None' };
  return mapTexts(json, quoteAscii, (between) => between.replace(/true|false|null/g, (word) => words[word] ?? word));
}

/** A text as a literal of Python: JSON's, but pairs of surrogates are one character there. */
function quoteAscii(text: string): string {
  return JSON.stringify(text).replace(/[\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, toEscape);
}

function toEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** An ES module for Node.js. */
export function writeJavaScript({ url, body, authentication }: SnippetRequest): string {
  const way = toWay(authentication);
  // A number of JavaScript would lose digits that a text keeps.
  const isExact = (mapTexts(body, () => '').match(/\d{16,}/g) ?? []).length === 0;
  const literal = isExact ? `JSON.stringify(${quoteTexts(body)})` : quoteAscii(body);
  const headers = ["'Content-Type': 'application/json'"];
  if (way === 'basic') headers.push("Authorization: `Basic ${Buffer.from(user).toString('base64')}`");
  if (way === 'api-key') headers.push("'X-API-Key': process.env.ENGINE_API_KEY");
  return [
    ...(way === 'basic' ? ['const user = `${process.env.ENGINE_USERNAME}:${process.env.ENGINE_PASSWORD}`;'] : []),
    `const response = await fetch(${quoteAscii(url)}, {`,
    "  method: 'POST',",
    `  headers: { ${headers.join(', ')} },`,
    `  body: ${literal},`,
    '});',
    'console.log(await response.json());',
  ].join('\n');
}

function quoteTexts(json: string): string {
  return mapTexts(json, quoteAscii);
}

/** JSON with other texts, and with something else between them. A regular expression for texts overflows its stack on long ones. */
function mapTexts(json: string, mapText: (text: string) => string, mapRest = (between: string) => between): string {
  const parts: string[] = [];
  for (let from = 0; ;) {
    const start = json.indexOf('"', from);
    if (start < 0) return [...parts, mapRest(json.slice(from))].join('');
    const end = findEnd(json, start) + 1;
    parts.push(mapRest(json.slice(from, start)), mapText(JSON.parse(json.slice(start, end)) as string));
    from = end;
  }
}

/** Where the quote is that ends the text: the next one before which the number of backslashes is even. */
function findEnd(json: string, start: number): number {
  for (let end = start; ;) {
    end = json.indexOf('"', end + 1);
    let slash = end;
    while (json[slash - 1] === '\\') slash--;
    if ((end - slash) % 2 === 0) return end;
  }
}
