import type { Catalogue } from '../catalogue/catalogue.ts';

/** A reply to a probe. */
interface HealthReply {
  readonly status: number;
  readonly body: { readonly status: string; readonly [key: string]: unknown };
}

/** What an orchestrator asks: whether the process lives, and whether it should be sent requests. */
export interface Health {
  toLive(): HealthReply;
  toReady(): HealthReply;
}

/**
 * Ready (200) while the engine serves; not (503) while it stops, or when its folder holds deployments and none of them can
 * be served. Broken deployments are named either way, and so are the targets of remote ones: one that fails makes the engine
 * no less ready, for it harms no other deployment, and another engine would reach it no better.
 */
export function buildHealth(
  catalogue: Pick<Catalogue, 'list' | 'listInvalid' | 'listUpstreams'>,
  isStopping: () => boolean,
): Health {
  return {
    toLive: () => ({ status: 200, body: { status: 'live' } }),
    toReady: () => {
      const served = catalogue.list().length;
      const broken = catalogue.listInvalid();
      const status = isStopping() ? 'stopping' : served === 0 && broken.length > 0 ? 'broken' : 'ready';
      const body = { status, deployments: served, broken, targets: catalogue.listUpstreams() };
      return { status: status === 'ready' ? 200 : 503, body };
    },
  };
}
