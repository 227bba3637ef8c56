/** How an engine that passes a check is written: a few lines of Flask, and the same for Express. */
export interface Example {
  readonly python: string;
  readonly javascript: string;
}

/** An example from indented template literals: the first line break and the common indentation are removed. */
export function toExample(python: string, javascript: string): Example {
  return { python: outdent(python), javascript: outdent(javascript) };
}

function outdent(text: string): string {
  const lines = text.replace(/^\n/, '').trimEnd().split('\n');
  const indents = lines.filter((line) => line.trim() !== '').map((line) => line.length - line.trimStart().length);
  const indent = Math.min(...indents);
  return lines.map((line) => line.slice(indent)).join('\n');
}
