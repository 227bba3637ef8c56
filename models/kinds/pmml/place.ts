/** Places in a PMML file, complaints about them, and the texts that are there. */
import { DeploymentError } from '../../../errors/deployment-error.ts';

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

const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

/** A finite number as XML writes it; undefined for any other text. */
export function toNumber(text: string): number | undefined {
  const trimmed = text.trim();
  const number = NUMBER.test(trimmed) ? Number(trimmed) : NaN;
  return Number.isFinite(number) ? number : undefined;
}

export function parseNumber(text: string, at: Place, what: string): number {
  return toNumber(text) ?? fail(at, `${what}: expected a finite number`);
}

/** Splits the text of an Array; undefined where a quote is not closed. */
export function splitItems(text: string): readonly string[] | undefined {
  const items: string[] = [];
  const pattern = /\s*(?:"((?:[^"\\]|\\[^])*)"|([^\s"]\S*))(?=\s|$)/y;
  let end = 0;
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    items.push(match[1]?.replace(/\\(["\\])/g, '$1') ?? (match[2] as string));
    end = pattern.lastIndex;
  }
  return text.slice(end).trim() === '' ? items : undefined;
}
