/** Makes text from an untrusted engine safe to print: short, on one line, without secrets and terminal control characters. */

const MAX = 240;
/** Only this much of a text is processed; far more than is printed, so that no secret is cut in two within the printed part. */
const MAX_READ = 20_000;
/** Secrets with fewer characters are likely to be parts of words. */
const SHORT = 4;
/** Control characters, and those that reverse, hide or join text (Unicode categories Cc, Cf, Cs, Co, Zl, Zp). */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\u2028\u2029]+/gu;

/** Builds a function that makes text safe, masks the secrets and truncates to `max` characters. */
export function buildSafeText(secrets: readonly string[], max = MAX): (text: string) => string {
  const patterns = secrets.map(toPattern);
  return (text) => {
    const masked = patterns.reduce((rest, pattern) => rest.replace(pattern, '[redacted]'), text.slice(0, MAX_READ));
    const plain = masked.replace(UNSAFE, ' ').replace(/\s+/g, ' ').trim();
    const letters = Array.from(plain);
    return letters.length > max ? `${letters.slice(0, max).join('')}…` : plain;
  };
}

/** A short secret, such as `p`, is masked only where it stands alone: masked in every word, it could be read from the gaps. */
function toPattern(secret: string): RegExp {
  const escaped = secret.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  return secret.length < SHORT
    ? new RegExp(`(?<![\\p{L}\\p{N}])${escaped}(?![\\p{L}\\p{N}])`, 'gu')
    : new RegExp(escaped, 'gu');
}
