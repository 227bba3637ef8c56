/** Reads discovery and scores with the types that openapi-typescript makes of the contract, which are those of the engine itself. usage: read-typescript.ts URL */
import type { paths } from '../../generated/api.ts';

type Reply<Path extends keyof paths, Method extends keyof paths[Path]> = paths[Path][Method] extends {
  responses: { 200: { content: { 'application/json': infer Body } } };
}
  ? Body
  : never;

const url = process.argv[2] as string;
const reply = await fetch(`${url}/v1/deployments`);
const list = (await reply.json()) as Reply<'/v1/deployments', 'get'>;
const deployment = list.resources.find(({ metadata }) => metadata.guid === 'iris');
// Typed as a text that may be missing: what generators made of alternatives had no properties.
const scoringUrl: string | undefined = deployment?.entity.scoring_url;
const assetId: string | undefined = deployment?.entity.asset.asset_id;
if (scoringUrl === undefined || assetId === undefined) throw new Error('discovery has no scoring_url or asset_id');
// @ts-expect-error -- what is not in the contract is not in the types
if (deployment?.entity.scoring_uri) throw new Error('an entity can be anything');

const body = { fields: ['sepal_length', 'sepal_width', 'petal_length', 'petal_width'], values: [[5.1, 3.5, 1.4, 0.2]] };
const scored = await fetch(scoringUrl, {
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(body),
});
const answer = (await scored.json()) as Reply<'/v1/deployments/{deployment_id}/online', 'post'>;
if (!('values' in answer)) throw new Error('a table was answered with an envelope');
console.log(scoringUrl, assetId, answer.values[0]?.[4]);
