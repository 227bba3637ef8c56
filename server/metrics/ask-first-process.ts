/** The metrics of an engine with workers, as a worker has them: the first process adds them up. */
import { EngineError } from '../../errors/engine-error.ts';
import type { FromWorker, ToWorker } from '../workers/worker-messages.ts';
import type { MetricsText } from './render.ts';
import type { Scrape, TakeFigures } from './scrape.ts';

/** Milliseconds that the first process has to answer; it waits for the other workers meanwhile. */
const PATIENCE = 3_000;

/** The channel to the first process. */
export type Channel = Pick<NodeJS.Process, 'on' | 'send'>;

/** Tells the first process what this one has counted whenever it asks, and asks it for the metrics of all. */
export function askFirstProcess(take: TakeFigures, channel: Channel = process, patience = PATIENCE): Scrape {
  const waiting = new Map<number, (text: MetricsText) => void>();
  let lastId = 0;
  const tell = (message: FromWorker) => void channel.send?.(message);
  channel.on('message', (message: ToWorker) => {
    if (message.type === 'tell figures')
      take().then(
        (figures) => tell({ type: 'figures', figures }),
        // The first process notices that there is no answer.
        () => undefined,
      );
    else if (message.type === 'scraped') waiting.get(message.id)?.(message.text);
  });
  return (format) => {
    const id = (lastId += 1);
    return new Promise<MetricsText>((resolve, reject) => {
      const timer = setTimeout(
        () =>
          reject(new EngineError('interrupted', 'The first process of the engine does not answer. Retry in a moment.')),
        patience,
      );
      waiting.set(id, (text) => {
        clearTimeout(timer);
        resolve(text);
      });
      tell({ type: 'scrape', id, format });
    }).finally(() => waiting.delete(id));
  };
}
