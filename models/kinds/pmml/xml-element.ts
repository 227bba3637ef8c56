/**
 * The elements of a PMML file. The nodes of tree models are not among them: they are millions, and have arrays of their own
 * (raw-tree.ts). Every complaint names the file and the line.
 */
import { fail, parseNumber, refuse, splitItems, toName } from './place.ts';
import type { RawTree } from './raw-tree.ts';

export interface XmlElement {
  readonly name: string;
  /** Without a prototype, so that no key is there by accident. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: XmlElement[];
  text: string;
  readonly line: number;
  /** The nodes of a TreeModel. */
  tree?: RawTree;
  /** The file's name, for messages. */
  readonly place: string;
}

/**
 * Rejects attributes and children that the reader of an element does not know, so that nothing in a file is overlooked.
 * Attributes that are in another namespace, or start with x-, count as unknown.
 */
export function expectOnly(element: XmlElement, attributes: readonly string[], children: readonly string[]): void {
  for (const name in element.attributes)
    if (!attributes.includes(name) && name !== 'xmlns' && !name.startsWith('xmlns:'))
      refuse(element, `the attribute ${toName(name)} of ${element.name}`);
  for (const child of element.children)
    if (!children.includes(child.name)) refuse(child, `the element ${toName(child.name)} in ${element.name}`);
}

export function findChild(element: XmlElement, name: string): XmlElement | undefined {
  const found = element.children.filter((child) => child.name === name);
  if (found.length > 1) fail(found[1] as XmlElement, `expected one ${name} in ${element.name}`);
  return found[0];
}

export function requireChild(element: XmlElement, name: string): XmlElement {
  return findChild(element, name) ?? fail(element, `expected ${name} in ${element.name}`);
}

export function listChildren(element: XmlElement | undefined, name: string): readonly XmlElement[] {
  return element?.children.filter((child) => child.name === name) ?? [];
}

export function requireAttribute(element: XmlElement, name: string): string {
  return element.attributes[name] ?? fail(element, `expected the attribute ${name} in ${element.name}`);
}

/** A number of an attribute; undefined without it. */
export function findNumber(element: XmlElement, name: string): number | undefined {
  const text = element.attributes[name];
  return text === undefined ? undefined : parseNumber(text, element, `the attribute ${name} of ${element.name}`);
}

export function requireNumber(element: XmlElement, name: string): number {
  return findNumber(element, name) ?? fail(element, `expected the attribute ${name} in ${element.name}`);
}

/** One of some words in an attribute. */
export function findWord<Word extends string>(
  element: XmlElement,
  name: string,
  words: readonly Word[],
): Word | undefined {
  const text = element.attributes[name];
  if (text === undefined) return undefined;
  return (
    words.find((word) => word === text) ??
    fail(element, `the attribute ${name} of ${element.name}: expected one of ${words.join(', ')}`)
  );
}

export function findFlag(element: XmlElement, name: string): boolean | undefined {
  const word = findWord(element, name, ['true', 'false', '1', '0']);
  return word === undefined ? undefined : word === 'true' || word === '1';
}

/** An integer in an attribute, from min to max. */
export function findInteger(element: XmlElement, name: string, min: number, max: number): number | undefined {
  const number = findNumber(element, name);
  if (number === undefined) return undefined;
  if (!Number.isInteger(number) || number < min || number > max)
    fail(element, `the attribute ${name} of ${element.name}: expected an integer from ${min} to ${max}`);
  return number;
}

/** The items of an Array as texts: separated by blanks, in quotes where they contain some. */
export function listItems(element: XmlElement): readonly string[] {
  expectOnly(element, ['n', 'type'], []);
  const items = splitItems(element.text) ?? fail(element, 'expected a quote at the end of the text');
  const count = findInteger(element, 'n', 0, 2 ** 31);
  if (count !== undefined && count !== items.length) fail(element, `expected ${count} items, as n says`);
  return items;
}

/** The numbers of an Array. */
export function listNumbers(element: XmlElement): Float64Array {
  return Float64Array.from(listItems(element), (item) => parseNumber(item, element, 'an item of the Array'));
}
