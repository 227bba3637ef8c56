/** Who a client is by its certificate. */
import type { Socket } from 'node:net';
import { TLSSocket, type PeerCertificate } from 'node:tls';

/** Max characters of a name in the log. */
const MAX_NAME = 200;

/** The name in an accepted certificate, or why there is none: for the log. */
export type ClientCertificate = { readonly name: string } | { readonly problem: string };

const known = new WeakMap<Socket, ClientCertificate>();

/** Reads the certificate that the client of a connection has shown, once per connection. */
export function readClientCertificate(socket: Socket): ClientCertificate {
  let found = known.get(socket);
  if (!found) known.set(socket, (found = read(socket)));
  return found;
}

function read(socket: Socket): ClientCertificate {
  if (!(socket instanceof TLSSocket)) return { problem: 'the connection is not encrypted' };
  const certificate = socket.getPeerCertificate() as Partial<PeerCertificate>;
  // Node calls a resumed session of a client without a certificate authorized.
  if (!certificate.raw) return { problem: 'the client has shown no certificate' };
  if (!socket.authorized) return { problem: `the certificate is not accepted: ${String(socket.authorizationError)}` };
  const name = [certificate.subject?.CN].flat()[0] ?? certificate.subjectaltname ?? certificate.fingerprint256 ?? '';
  return { name: name.slice(0, MAX_NAME) };
}
