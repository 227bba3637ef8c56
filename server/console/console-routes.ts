/** The routes of the console's data, behind the guard: `/console/data/deployments`, and `/console/data/deployments/<id>`. */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { chooseEncoding, varyByEncoding } from '../static/accept-encoding.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { Guard } from '../access/guard.ts';
import { checkMethod } from '../exchange/check-method.ts';
import type { ConsoleData } from './console-data.ts';

const ROUTE = '/console/data/deployments';
/** Shorter data is not compressed. */
const MIN_COMPRESSED = 1024;

const compress = promisify(gzip);

/** Answers a request for the console's data; resolves to false if the target is another. */
export type AnswerConsole = (exchange: Exchange, target: string) => Promise<boolean>;

/** Builds what answers the requests for the console's data. */
export function buildAnswerConsole(data: ConsoleData, guard: Guard): AnswerConsole {
  return async (exchange, target) => {
    const path = target.split('?', 1)[0] as string;
    if (path !== ROUTE && !path.startsWith(`${ROUTE}/`)) return false;
    guard.check(exchange);
    exchange.note({ route: path === ROUTE ? ROUTE : `${ROUTE}/{deployment_id}` });
    checkMethod(exchange);
    const body = path === ROUTE ? await data.list() : await data.find(toId(path.slice(ROUTE.length + 1)));
    await send(exchange, JSON.stringify(body));
    return true;
  };
}

/** An id that is not well encoded is none. */
function toId(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return '';
  }
}

async function send(exchange: Exchange, json: string): Promise<void> {
  const { request, response } = exchange;
  varyByEncoding(response);
  const encoding = chooseEncoding(request.headers['accept-encoding']?.toString(), ['gzip']);
  if (json.length < MIN_COMPRESSED || !encoding) exchange.send(200, json);
  else exchange.send(200, await compress(json), { 'Content-Encoding': encoding });
}
