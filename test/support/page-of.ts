/** Resolves the URLs of `fetch` against an engine, as a page of it does, until it is told to stop. */
export function openPageOf(url: string): () => void {
  const { fetch } = globalThis;
  globalThis.fetch = (path, options) => fetch(new URL(path, `${url}/`), options);
  return () => (globalThis.fetch = fetch);
}
