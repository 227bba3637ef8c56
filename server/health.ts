import type { Catalogue } from '../catalogue/catalogue.ts';

/** A reply to a probe. */
interface HealthReply {
  readonly status: number;
  readonly body: { readonly status: string; readonly [key: string]: unknown };
}

/** What orchestrators ask: whether the process is alive, and whether it should receive requests. */
export interface Health {
  toLive(): HealthReply;
  /** @param isDetailed whether the caller may know more than the status */
  toReady(isDetailed: boolean): HealthReply;
}

/**
 * Ready (200) while the engine serves. Not ready (503) while it stops, or if its folder has deployments and none of them is
 * valid. Invalid deployments are listed in either case, and so are the upstreams of remote deployments. A failing upstream
 * does not make the engine unready: it affects no other deployment, and another engine would not reach it either. Nor does a
 * folder that cannot be read any more, which is reported: what was loaded is served.
 * @param toFurther what else is said to those who may have details
 */
export function buildHealth(
  catalogue: Pick<Catalogue, 'list' | 'listInvalid' | 'listUpstreams' | 'folderProblem'>,
  isStopping: () => boolean,
  toFurther: () => object = () => ({}),
): Health {
  return {
    toLive: () => ({ status: 200, body: { status: 'live' } }),
    toReady: (isDetailed) => {
      const served = catalogue.list().length;
      const broken = catalogue.listInvalid();
      const status = isStopping() ? 'stopping' : served === 0 && broken.length > 0 ? 'broken' : 'ready';
      const code = status === 'ready' ? 200 : 503;
      if (!isDetailed) return { status: code, body: { status } };
      const { folderProblem } = catalogue;
      const body = {
        status,
        deployments: served,
        broken,
        targets: catalogue.listUpstreams(),
        ...(folderProblem !== undefined && { folder: `unreadable (${folderProblem})` }),
        ...toFurther(),
      };
      return { status: code, body };
    },
  };
}
