import type { Label } from '../../models/deployment-file.ts';

/** The number of a class, in the order of the deployment's; undefined for what is none of them. */
export type FindClass = (label: unknown) => number | undefined;

/**
 * Builds what finds classes in replies: as they are, else by their text, for servers that write numbers as text, or text
 * that looks like a number as one.
 */
export function buildFindClass(classes: NonNullable<Label['classes']>): FindClass {
  const byText = new Map(classes.map((label, index) => [String(label), index]));
  return (label) => (isScalar(label) ? byText.get(String(label)) : undefined);
}

/** Whether a value has a text of its own; that of an array may be that of what is in it. */
export function isScalar(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}
