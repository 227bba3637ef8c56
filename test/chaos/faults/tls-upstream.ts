import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { good } from '../../support/behaviours.ts';
import { makeAuthority } from '../../support/certificate.ts';
import { HttpDouble } from '../../support/http-double.ts';

/** How the server of a wrapped model begins connections. The last three never end the handshake. */
export type Handshake = 'good' | 'expired' | 'other host' | 'silent' | 'stalled' | 'cut';

/** A server that speaks TLS on one port, each time as it is told. */
export interface TlsUpstream {
  readonly url: string;
  /** The certificate of its authority, in PEM. */
  readonly authority: string;
  /** Begins connections like this from now on, and ends those that there are. */
  behave(handshake: Handshake): void;
  /** How many requests it got on connections that it must not have been trusted on. */
  countLeaked(): number;
  close(): Promise<void>;
}

/** Starts a server whose handshakes are good until it is told otherwise. Behind it is a server for each certificate. */
export async function startTlsUpstream(): Promise<TlsUpstream> {
  const authority = makeAuthority();
  const start = (...[options]: Parameters<typeof authority.issue>) =>
    HttpDouble.start(good, { certificate: authority.issue(options) });
  const trusted = await start();
  const expired = await start({ until: new Date(Date.now() - 3_600_000) });
  const other = await start({ host: 'wallaby' });
  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => {
    sockets.add(socket);
    return socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
  };
  let handshake: Handshake = 'good';

  const front = createServer((socket) => {
    keep(socket);
    if (handshake === 'silent') return;
    const { port } = handshake === 'expired' ? expired : handshake === 'other host' ? other : trusted;
    const behind = keep(connect(port, '127.0.0.1'));
    socket.pipe(behind);
    socket.once('close', () => behind.destroy());
    behind.once('close', () => socket.destroy());
    const isCut = handshake === 'cut';
    if (isCut || handshake === 'stalled')
      // Half of what the server answers to the greeting.
      behind.once('data', (bytes) => {
        socket.write(bytes.subarray(0, bytes.length >> 1), () => isCut && socket.resetAndDestroy());
      });
    else behind.pipe(socket);
  });
  front.listen(0, '127.0.0.1');
  await once(front, 'listening');
  return {
    url: `https://localhost:${(front.address() as AddressInfo).port}`,
    authority: authority.cert,
    behave: (next) => {
      handshake = next;
      for (const socket of sockets) socket.destroy();
    },
    countLeaked: () => expired.requests.length + other.requests.length,
    close: async () => {
      front.close();
      for (const socket of sockets) socket.destroy();
      await Promise.all([trusted, expired, other].map((double) => double.close()));
    },
  };
}
