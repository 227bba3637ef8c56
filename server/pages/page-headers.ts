/** The headers that tell a browser how little a page may do. */

/** What no page may do: load anything that its own policy does not name, or be framed. */
export const BASE_POLICY: PagePolicy = {
  'default-src': "'none'",
  'form-action': "'self'",
  'base-uri': "'none'",
  'frame-ancestors': "'none'",
};

/**
 * The policy of Swagger UI: it runs and loads nothing but the engine's own files and images in its style sheet, talks to nobody but the
 * engine, and is never framed. It makes HTML of text in places.
 */
export const DOCS_POLICY: PagePolicy = {
  ...BASE_POLICY,
  'script-src': "'self'",
  'style-src': "'self'",
  'img-src': "'self' data:",
  'connect-src': "'self'",
};

/** The policy of the console, which never makes HTML of text (Trusted Types). */
export const STRICT_POLICY: PagePolicy = {
  ...DOCS_POLICY,
  'require-trusted-types-for': "'script'",
  'trusted-types': "'none'",
};

/** Features of the device that no page may use. */
const FEATURES = [
  'accelerometer',
  'camera',
  'display-capture',
  'geolocation',
  'gyroscope',
  'hid',
  'microphone',
  'midi',
  'payment',
  'serial',
  'usb',
];

/** A Content Security Policy: sources by directive. */
export type PagePolicy = Readonly<Record<string, string>>;

/** The headers of every file of a page or an application with a policy. */
export function toPageHeaders(policy: PagePolicy): Record<string, string> {
  return {
    'Content-Security-Policy': Object.entries(policy)
      .map(([directive, sources]) => `${directive} ${sources}`)
      .join('; '),
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Permissions-Policy': FEATURES.map((feature) => `${feature}=()`).join(', '),
    'Referrer-Policy': 'same-origin',
    'X-DNS-Prefetch-Control': 'off',
    'X-Frame-Options': 'DENY',
  };
}
