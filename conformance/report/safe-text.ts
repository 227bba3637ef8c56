/** What a stranger sent, made fit to print: short, of one line, without secrets and without what a terminal obeys. */

const MOST = 240;
/** No more of a text is looked at; far enough beyond what is printed that no secret is cut in two there. */
const MOST_READ = 20_000;
/** Control characters, and those that turn, hide or join text (Unicode categories Cc, Cf, Cs, Co, Zl, Zp). */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\u2028\u2029]+/gu;

/** Builds a function that makes texts safe, of so many characters at most; the secrets never come through. */
export function buildSafeText(secrets: readonly string[], most = MOST): (text: string) => string {
  return (text) => {
    const masked = secrets.reduce((rest, secret) => rest.replaceAll(secret, '[redacted]'), text.slice(0, MOST_READ));
    const plain = masked.replace(UNSAFE, ' ').replace(/\s+/g, ' ').trim();
    const letters = Array.from(plain);
    return letters.length > most ? `${letters.slice(0, most).join('')}…` : plain;
  };
}
