/** Places in a PMML file, complaints about them, and the texts that are there. */
import { DeploymentError } from '../../../errors/deployment-error.ts';
import { isDecimal } from '../../decimal.ts';

/** A place in the file that messages can name. */
export interface Place {
  /** The file's name. */
  readonly place: string;
  readonly line: number;
}

/** Rejects the file, naming a line. */
export function fail({ place, line }: Place, problem: string): never {
  throw new DeploymentError([`${place}:${line}: ${problem}`]);
}

/** Rejects an element that is not supported, with the way out where there is one. */
export function refuse(element: Place, what: string, wayOut = ''): never {
  fail(element, `${what} is not supported${wayOut === '' ? '' : `: ${wayOut}`}`);
}

/** A name from the file, cut to a length that a message can have. */
export function toName(name: string): string {
  return JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name);
}

/** A finite number as XML writes it; undefined for any other text. */
export function toNumber(text: string): number | undefined {
  const trimmed = text.trim();
  const number = isDecimal(trimmed) ? Number(trimmed) : NaN;
  return Number.isFinite(number) ? number : undefined;
}

export function parseNumber(text: string, at: Place, what: string): number {
  return toNumber(text) ?? fail(at, `${what}: expected a finite number`);
}

/** Splits the text of an Array; undefined where a quote is not closed, or not followed by a blank. */
export function splitItems(text: string): readonly string[] | undefined {
  const items: string[] = [];
  const blank = /\s/;
  for (let at = 0; at < text.length;) {
    if (blank.test(text.charAt(at))) {
      at++;
      continue;
    }
    const isQuoted = text.charAt(at) === '"';
    const end = isQuoted ? findQuote(text, at + 1) + 1 : findBlank(text, at);
    if (end === 0 || (end < text.length && !blank.test(text.charAt(end)))) return undefined;
    items.push(isQuoted ? text.slice(at + 1, end - 1).replace(/\\(["\\])/g, '$1') : text.slice(at, end));
    at = end;
  }
  return items;
}

/** The next quote that has no backslash before it; -1 without. */
function findQuote(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    if (text.charAt(at) === '"') return at;
    if (text.charAt(at) === '\\') at++;
  }
  return -1;
}

function findBlank(text: string, from: number): number {
  const blank = /\s/g;
  blank.lastIndex = from;
  return blank.exec(text)?.index ?? text.length;
}
