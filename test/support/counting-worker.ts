/** A worker without models that counts its requests: /metrics has those of all workers, any other path its number. */
import { Exchange, type ExchangeListener } from '../../server/exchange/exchange.ts';
import { buildHttpServer } from '../../server/connections/http-server.ts';
import { askFirstProcess } from '../../server/metrics/ask-first-process.ts';
import { EngineMetrics } from '../../server/metrics/engine-metrics.ts';
import { serveAsWorker, takeConnections, toWorkerNumber } from '../../server/workers/worker.ts';

const metrics = new EngineMetrics();
const takeFigures = () => metrics.take();
const scrape = askFirstProcess(takeFigures);
const listener: ExchangeListener = (request, response) => {
  const exchange = new Exchange(request, response, metrics.observe);
  if (request.url === '/metrics') {
    exchange.note({ operation: 'metrics' });
    void scrape('prometheus').then(({ text }) => exchange.send(200, text));
  } else {
    exchange.note({ operation: 'count' });
    exchange.send(200, String(toWorkerNumber()));
  }
  return exchange;
};
const http = buildHttpServer(listener, { bodyTimeout: 30_000 }, metrics.observe);
const source = await takeConnections(http.server);
serveAsWorker({ stop: () => http.close(source, () => undefined), takeFigures }, source.url);
