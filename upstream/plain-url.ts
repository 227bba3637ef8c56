/** URLs that requests may be sent to: http or https, without a secret and without a fragment, which is never sent. */
import { z } from 'zod';

/** A URL without credentials and fragment. */
export const plainUrlSchema = z.string().refine(isPlainUrl, 'an http or https URL without credentials and fragment');

/** Whether a text is such a URL. */
export function isPlainUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return /^https?:$/.test(protocol) && !username && !password && !text.includes('#');
}
