/** The requests to an engine, besides those to its deployments. Each is sent once, however many checks use its response. */
import type { EngineRequest } from '../client/exchange.ts';

type Build = (discovery: URL) => EngineRequest;

const list = (credentials: EngineRequest['credentials'] = 'right'): Build => {
  return (url) => ({ method: 'GET', url, credentials });
};

export const ENGINE_PROBES = {
  discovery: list(),
  'discovery-again': list(),
  'discovery-without-credentials': list('none'),
  'discovery-with-wrong-credentials': list('wrong'),
  'discovery-with-another-user-credentials': list('another-user'),
  'discovery-with-malformed-credentials': list('malformed'),
} as const satisfies Record<string, Build>;

export type EngineProbe = keyof typeof ENGINE_PROBES;
