/** What pandas calls a column without a name, which is often the index that it wrote. */
export function isNameless(name: string): boolean {
  return /^Unnamed: \d+$/.test(name);
}
