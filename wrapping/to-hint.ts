import type { RefusalReason, UpstreamError } from '../upstream/upstream-error.ts';

const OTHER_PROTOCOL = 'Is it https where the URL says http, or the other way round?';

const REFUSALS: Readonly<Record<RefusalReason, string>> = {
  host: 'Is the name of the host right?',
  certificate: 'Its certificate is not believed: --set ca_file=/path names those that are.',
  tls: OTHER_PROTOCOL,
};

/** What to try after an upstream has failed: a sentence or two for the person who sets it up. */
export function toHint({ failure, reason, status, cause }: UpstreamError): string {
  switch (failure) {
    case 'refused':
      return reason ? REFUSALS[reason] : 'Is the server running, and is the port right?';
    case 'dropped':
      return OTHER_PROTOCOL;
    case 'late':
      return '--set timeout=60000 gives it more time, in milliseconds.';
    case 'busy':
      return 'Try again in a moment.';
    case 'unauthorized':
      return status === undefined
        ? 'The engine that serves the deployment needs it, too.'
        : '--set authentication.type=bearer --set authentication.token.variable=NAME sends the token in a variable; docs/wrapping.md has the other types.';
    case 'reply':
      return cause instanceof Error && 'code' in cause
        ? 'Is this the port of an HTTP server?'
        : 'The settings of the kind, and `output`, say how an answer is read: docs/wrapping.md.';
    default:
      return toStatusHint(status ?? 0);
  }
}

function toStatusHint(status: number): string {
  if (status >= 300 && status < 400) return 'Give the URL that it redirects to.';
  if (status >= 500) return 'Its own log says why.';
  switch (status) {
    case 404:
    case 405:
      return 'Is the path right, and the name of the model?';
    case 413:
      return '--set max_rows and --set max_bytes send less at once.';
    default:
      return 'It does not take the rows as they were sent: are the kind, its settings, and the columns those of the model?';
  }
}
