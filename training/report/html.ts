/** Text and names for an HTML page. */

/** Names of more characters are cut, and titles of more. */
const [MAX_NAME, MAX_TITLE] = [32, 300];
/** Control characters, and those that change the direction of the text around them. */
const UNSAFE = /[^\P{Cc}\t\n]|[\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu;

const SEGMENTER = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Escapes text for use in HTML. */
export function escapeHtml(text: string): string {
  return text
    .replace(UNSAFE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** A name as HTML: of a long one the beginning, with all of it in a title. */
export function toName(value: string | number | boolean, max = MAX_NAME): string {
  const text = String(value);
  const shown = cutText(text, max);
  return shown === text
    ? escapeHtml(text)
    : `<span title="${escapeHtml(cutText(text, MAX_TITLE))}">${escapeHtml(shown)}</span>`;
}

/** Names as HTML, separated by commas; of many, the first and their number. */
export function toNames(values: readonly (string | number | boolean)[], max: number): string {
  const shown = values.slice(0, max).map((value) => toName(value));
  return [...shown, ...(values.length > max ? [`… (${values.length} in all)`] : [])].join(', ');
}

/** A text of at most so many characters, as readers count them. */
export function cutText(text: string, max: number): string {
  if (text.length <= max) return text;
  // A character can have many code units.
  const characters = Array.from(SEGMENTER.segment(text.slice(0, 20 * max)), ({ segment }) => segment);
  return characters.length > max ? `${characters.slice(0, max - 1).join('')}…` : text;
}

/** A list of sentences. */
export function toList(sentences: readonly string[]): string {
  return `<ul>${sentences.map((sentence) => `<li>${escapeHtml(sentence)}</li>`).join('')}</ul>`;
}

/** A remark below a table or a chart, as HTML. */
export function toNote(html: string): string {
  return `<p class="note">${html}</p>`;
}
