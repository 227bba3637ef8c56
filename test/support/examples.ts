/** The TypeScript examples of a page, in their order. */
export function extractExamples(page: string): string[] {
  return [...page.matchAll(/^```ts\n(.*?)^```/gms)].map(([, code]) => code as string);
}
