/** Escapes text for XML and HTML, in elements and in quoted attributes. Characters that XML 1.0 cannot represent are removed. */
export function escapeMarkup(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '')
    .replace(/[&<>"']/g, (letter) => `&#${letter.codePointAt(0)};`);
}
