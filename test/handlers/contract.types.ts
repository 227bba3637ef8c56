/**
 * Code that must not compile. Nothing here runs: `npm run typecheck` fails when one of the expected errors is missing.
 */
import type { operations } from '../../generated/api.ts';
import type { HandlerOf, HandlerTable } from '../../handlers/contract.ts';
import { handlers } from '../../handlers/handlers.ts';
import { JsonText } from '../../models/json/json-text.ts';

type Table = HandlerTable<operations>;

// The table as it is.
handlers satisfies Table;

// An operation added to the spec has no handler.
type WithAddition = operations & { readonly deleteDeployment: operations['getDeployment'] };
// @ts-expect-error -- Property 'deleteDeployment' is missing
handlers satisfies HandlerTable<WithAddition>;

// An operation removed from the spec leaves a handler behind.
// @ts-expect-error -- 'getDeployment' does not exist in type
({ ...handlers, getDeployment: handlers.getDeployment }) satisfies HandlerTable<Omit<operations, 'getDeployment'>>;

// An operation cannot have parameters that no handler would be given.
interface Query {
  readonly query?: { readonly limit?: number };
}
type List = Omit<operations['listDeployments'], 'parameters'> & { readonly parameters: Query };
type WithQuery = Omit<operations, 'listDeployments'> & { readonly listDeployments: List };
// @ts-expect-error -- 'query' is not never
export type TableWithQuery = HandlerTable<WithQuery>;

// A handler cannot stand in for another's operation.
// @ts-expect-error -- the bodies differ
({ ...handlers, listDeployments: handlers.getDeployment }) satisfies Table;

const list = { count: 0, resources: [] };

export const declared: HandlerOf<'listDeployments'> = () => ({ status: 200, body: list });

// @ts-expect-error -- the contract declares no 201 for listDeployments
export const undeclaredStatus: HandlerOf<'listDeployments'> = () => ({ status: 201, body: list });

// @ts-expect-error -- failures are thrown, not returned
export const returnedFailure: HandlerOf<'listDeployments'> = () => ({ status: 404, body: { trace: '', errors: [] } });

// @ts-expect-error -- the body lacks `count`
export const wrongBody: HandlerOf<'listDeployments'> = () => ({ status: 200, body: { resources: [] } });

export const declaredText: HandlerOf<'listDeployments'> = () => ({ status: 200, body: JsonText.of(list) });

const otherText = JsonText.of({ resources: [] });
// @ts-expect-error -- the text is that of another body
export const wrongText: HandlerOf<'listDeployments'> = () => ({ status: 200, body: otherText });

export const wrongType: HandlerOf<'scoreDeployment'> = () => ({
  status: 200,
  // @ts-expect-error -- rows are arrays
  body: { fields: ['prediction'], values: ['setosa'] },
});

export const wrongDepth: HandlerOf<'getDeployment'> = () => ({
  status: 200,
  body: {
    metadata: { guid: 'iris', created_at: '2026-11-23T00:00:00Z' },
    // @ts-expect-error -- the entity lacks its name, and an asset is an object
    entity: { asset: 'iris', asset_properties: {} },
  },
});

// @ts-expect-error -- a reply has a body
export const noBody: HandlerOf<'getDeployment'> = () => ({ status: 200 });

export const mutatedRequest: HandlerOf<'scoreDeployment'> = (request) => {
  // @ts-expect-error -- the body of a request cannot be replaced
  request.body = { fields: [], values: [] };
  // @ts-expect-error -- nor its parameters
  request.params.deployment_id = 'iris';
  if ('fields' in request.body) {
    // @ts-expect-error -- nor its table
    request.body.values = [];
    // @ts-expect-error -- nor its rows
    request.body.values[0] = [];
    // @ts-expect-error -- nor a cell
    for (const row of request.body.values) row[0] = 1;
    // @ts-expect-error -- nor the names of its columns
    request.body.fields[0] = 'renamed';
  }
  return { status: 200, body: { fields: ['prediction'], values: [] } };
};

export const unknownParameter: HandlerOf<'getDeployment'> = ({ params }) => {
  // @ts-expect-error -- the path has no such parameter
  throw new Error(String(params.id));
};
