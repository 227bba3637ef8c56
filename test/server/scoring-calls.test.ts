import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { expect } from 'chai';
import { EngineError } from '../../errors/engine-error.ts';
import { Exchange } from '../../server/exchange.ts';
import { buildLog } from '../../server/log.ts';
import { buildToScoringCall } from '../../server/scoring-calls.ts';
import { catchError } from '../support/deployment.ts';

const request = new IncomingMessage(new Socket());
const exchange = new Exchange(request, new ServerResponse(request), buildLog('silent'));

describe('a call that waits for another system', () => {
  let places = 0;
  const place = { giveBack: () => (places -= 1), takeAgain: () => (places += 1) };
  const toCall = buildToScoringCall(place, 100);

  it('takes no place meanwhile, and takes it again, whatever comes', async () => {
    places = 1;
    const call = toCall(exchange, 10);
    expect(await call.waitFor(() => Promise.resolve(places))).to.equal(0);
    expect(places).to.equal(1);
    await catchError(TypeError, () => call.waitFor(() => Promise.reject(new TypeError('no'))));
    expect(places).to.equal(1);
  });

  it('is refused while the bodies of those that wait are too large together; one alone may always wait', async () => {
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    const first = toCall(exchange, 80).waitFor(() => released);
    const refused = await catchError(EngineError, () => toCall(exchange, 30).waitFor(() => Promise.resolve()));
    expect(refused.code).to.equal('too_busy');
    await toCall(exchange, 20).waitFor(() => Promise.resolve());
    release();
    await first;
    expect(await toCall(exchange, 1000).waitFor(() => Promise.resolve('done'))).to.equal('done');
  });
});
