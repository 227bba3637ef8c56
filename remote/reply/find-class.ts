import type { Label } from '../../models/deployment-file.ts';
import type { OutputSettings } from '../remote-settings.ts';

/** The index of a class in the deployment's order; undefined for anything else. */
export type FindClass = (label: unknown) => number | undefined;

/**
 * Builds the function that finds classes in replies. It compares their text, because servers write numbers as text and
 * numeric text as numbers.
 * @param labels the classes by the upstream's labels for them, if they differ (settings.output.labels)
 */
export function buildFindClass(classes: NonNullable<Label['classes']>, labels: OutputSettings['labels']): FindClass {
  const indices = new Map(classes.map((label, index) => [String(label), index]));
  const byText = new Map(indices);
  for (const [label, name] of Object.entries(labels ?? {})) {
    const index = indices.get(String(name));
    if (index !== undefined) byText.set(label, index);
  }
  return (label) => (isScalar(label) ? byText.get(String(label)) : undefined);
}

/** Whether a value is a string, number or boolean; the text of an array could equal that of its only item. */
export function isScalar(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}
