/** Text inside of XML and HTML, in elements and in quoted attributes. What XML 1.0 has no way to write is left out. */
export function escapeMarkup(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '')
    .replace(/[&<>"']/g, (letter) => `&#${letter.codePointAt(0)};`);
}
