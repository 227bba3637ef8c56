/** Cross-origin resource sharing (Fetch Standard, "CORS protocol"): which web pages of other origins may read the replies. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import cors from 'cors';

/** Adds the headers that a browser asks for. Returns whether the request was a preflight, which is answered by this. */
export type ShareCrossOrigin = (request: IncomingMessage, response: ServerResponse) => boolean;

const EXPOSED_HEADERS = [
  'Allow',
  'Retry-After',
  'X-Request-Id',
  'X-Global-Transaction-Id',
  'X-Scoring-Id',
  'X-Deployment-Version',
];
/** How long browsers may remember the answer to a preflight, in seconds. */
const MAX_AGE = 600;

/**
 * Builds the function for some origins, such as https://app.example.com; for none it does nothing. Browsers send
 * credentials only where the page sets `Authorization` itself: cookies are not used here.
 */
export function buildShareCrossOrigin(origins: readonly string[]): ShareCrossOrigin {
  if (origins.length === 0) return () => false;
  const share = cors<IncomingMessage>({
    origin: [...origins],
    methods: ['GET', 'HEAD', 'POST'],
    exposedHeaders: EXPOSED_HEADERS,
    maxAge: MAX_AGE,
  });
  return (request, response) => {
    const { method, headers } = request;
    // Any other OPTIONS is a method that the contract does not have.
    const isPreflight = method === 'OPTIONS' && 'access-control-request-method' in headers;
    if (method === 'OPTIONS' && !isPreflight) return false;
    let isAnswered = true;
    share(request, response, () => (isAnswered = false));
    return isAnswered;
  };
}
