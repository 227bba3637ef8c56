/**
 * Escapes strings that the web firewall before OpenScale takes for an attack, exactly as IBM's client does
 * (ibm-watson-openscale 3.1.11, utils/input_sanitizer.py). The stored value then has a backslash before each slash.
 */

/** What the firewall blocks, as IBM's client knows it. The flags fold case as Python does. */
const BLOCKED = /\/etc\/(?:passwd|password|shadow|hosts)|\.\.[/\\]/iu;

/** The same JSON value with such strings escaped; the names of properties stay as they are. */
export function sanitizeStrings(value: unknown): unknown {
  if (typeof value === 'string') return BLOCKED.test(value) ? value.replaceAll('/', '\\/') : value;
  if (Array.isArray(value)) return value.map(sanitizeStrings);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, sanitizeStrings(one)]));
}
