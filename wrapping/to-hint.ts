import type { RefusalReason, UpstreamError } from '../upstream/upstream-error.ts';

const OTHER_PROTOCOL = 'Does the URL say http where the server expects https, or vice versa?';

const REFUSALS: Readonly<Record<RefusalReason, string>> = {
  host: 'Check the host name.',
  certificate: 'Its certificate is not trusted: --set ca_file=/path names a file of certificates to trust.',
  tls: OTHER_PROTOCOL,
};

/** What to try after an upstream has failed, in a sentence or two. */
export function toHint({ failure, reason, status, cause, received = '' }: UpstreamError): string {
  switch (failure) {
    case 'refused':
      return reason ? REFUSALS[reason] : 'Is the server running, and is the port correct?';
    case 'dropped':
      return OTHER_PROTOCOL;
    case 'late':
      return '--set timeout=60000 allows more time, in milliseconds.';
    case 'busy':
      return 'Try again in a moment.';
    case 'unauthorized':
      return status === undefined
        ? 'The engine that serves the deployment needs it as well.'
        : '--set authentication.type=bearer --set authentication.token.variable=NAME sends a token from an environment variable; docs/wrapping.md lists the other types.';
    case 'reply':
      if (cause instanceof Error && 'code' in cause) return 'Is this the port of an HTTP server?';
      return /^text\/html|^\S+ beginning "<(?:!doctype|html)\b/i.test(received)
        ? 'This is a web page, perhaps to log in: check the URL, and --set authentication.… (docs/wrapping.md).'
        : 'Settings of the kind and `output` describe how replies are read: docs/wrapping.md.';
    default:
      return toStatusHint(status ?? 0);
  }
}

function toStatusHint(status: number): string {
  if (status >= 300 && status < 400) return 'Use the URL that it redirects to.';
  if (status >= 500) return 'See the log of that server.';
  switch (status) {
    case 404:
    case 405:
      return 'Check the path and the name of the model.';
    case 413:
      return '--set max_rows and --set max_bytes make requests smaller.';
    default:
      return 'It rejected the rows: check the kind, its settings, and the columns of the model.';
  }
}
