import type { IncomingMessage, ServerResponse } from 'node:http';

const EXPECTED = /(?:^|\W)100-continue(?:$|\W)/i;

/**
 * Sends "100 Continue" to a client that waits for it before it sends the body (RFC 9110, 10.1.1): when it is this request's turn to
 * be answered on its connection, and unless some of the body has arrived by then. Earlier, Node would write it into the reply.
 */
export function askForBody(request: IncomingMessage, response: ServerResponse): void {
  // Those of HTTP/1.0 do not know it.
  if (!EXPECTED.test(request.headers.expect ?? '') || request.httpVersion === '1.0') return;
  const ask = () => {
    if (response.headersSent || response.destroyed) return;
    const hasArrived = request.complete || request.readableLength > 0 || request.readableDidRead;
    if (!hasArrived) response.writeContinue();
    // Node (20 to 26) closes the connection after a reply without "100 Continue", in case that the body is not sent.
    else Reflect.set(response, '_expect_continue', false);
  };
  // What has arrived with the headers is passed on in this turn of the event loop.
  setImmediate(() => {
    if (response.socket) ask();
    // On a server of another program, the replies to earlier requests may be missing.
    else response.once('socket', ask);
  });
}
