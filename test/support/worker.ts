/**
 * A worker without models, which answers every request with its number. Its argument says what is wrong with it: `late` is ready
 * only when it is to end, `deaf` dies with the first connection when it is the first worker, `held` is ready when it is sent `go on`, `hasty` waits a second for
 * the headers of a request.
 */
import { Exchange, type ExchangeListener } from '../../server/exchange/exchange.ts';
import { buildHttpServer } from '../../server/connections/http-server.ts';
import type { ToWorker } from '../../server/workers/worker-messages.ts';
import { serveAsWorker, takeConnections, toWorkerNumber } from '../../server/workers/worker.ts';

const fault = process.argv[2];
const number = toWorkerNumber();
const listener: ExchangeListener = (request, response) => {
  const exchange = new Exchange(request, response, () => undefined);
  exchange.send(200, String(number));
  return exchange;
};
const http = buildHttpServer(listener, { bodyTimeout: fault === 'hasty' ? 1_000 : 30_000 }, () => undefined);

if (fault === 'deaf' && number === 1)
  process.on('message', ({ type }: ToWorker) => {
    if (type === 'connection') process.kill(process.pid, 'SIGKILL');
  });
const told = new Promise((resolve) => {
  if (fault === 'late') process.once('SIGTERM', resolve);
  else if (fault === 'held')
    process.on('message', ({ type }: { type: string }) => {
      if (type === 'go on') resolve(undefined);
    });
  else resolve(undefined);
});
const source = await takeConnections(http.server);
await told;
serveAsWorker({ stop: () => http.close(source, () => undefined) }, source.url);
