/** Faults of TLS at the server of a wrapped model. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeRemote } from '../../support/remote.ts';
import type { Fault } from '../fault.ts';
import { awaitRecovery, callInRounds } from '../faults/call-wrapped.ts';
import { startTlsUpstream, type Handshake } from '../faults/tls-upstream.ts';
import { expectOnly } from './connection-faults.ts';

/** Rounds of calls while the handshakes are like this; no request may be sent, and the model must answer again afterwards. */
const begins =
  (handshake: Handshake, calls = 30, rounds = 3): Fault['make'] =>
  async (situation) => {
    const { folder, scratch } = situation;
    const upstream = await startTlsUpstream();
    try {
      const ca_file = join(scratch, 'authority.pem');
      await writeFile(ca_file, upstream.authority);
      await writeRemote(folder, 'secure', {
        url: upstream.url,
        ca_file,
        timeout: 2_000,
        pause: 200,
        ready_interval: 500,
      });
      await awaitRecovery(situation, 'secure');
      upstream.behave(handshake);
      const tally = await callInRounds(situation, rounds, calls, 'secure');
      if (upstream.countLeaked() > 0) throw new Error('a request was sent to a server that could not be trusted');
      upstream.behave('good');
      await awaitRecovery(situation, 'secure');
      return expectOnly(tally, '502', '503', '504');
    } finally {
      await upstream.close();
    }
  };

export const tlsFaults: readonly Fault[] = [
  { name: 'TLS target: its certificate has expired', make: begins('expired') },
  { name: 'TLS target: its certificate is for another host', make: begins('other host') },
  { name: 'TLS target: it says nothing in the handshake', make: begins('silent', 200, 1) },
  { name: 'TLS target: it stalls in the middle of the handshake', make: begins('stalled', 200, 1) },
  { name: 'TLS target: it cuts connections in the middle of the handshake', make: begins('cut') },
];
