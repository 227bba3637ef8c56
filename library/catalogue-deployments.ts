/** Scoring without HTTP, by the handler and the checks of a request. */
import type { Catalogue } from '../catalogue/catalogue.ts';
import { EngineError } from '../errors/engine-error.ts';
import { scoreDeployment } from '../handlers/score-deployment.ts';
import { NO_CALL, type ScoringCall } from '../models/model.ts';
import { toEngineError } from '../server/exchange/error-reply.ts';
import type { Contract } from '../server/contract/contract.ts';
import { parseJson } from '../server/bodies/parse-json.ts';
import { toJsonReply } from '../server/exchange/json-reply.ts';
import type { Deployments, DeploymentSummary, InvalidDeployment } from './deployments.ts';
import type { ScoredEnvelope, ScoredTable, ScoreOptions, ScoringEnvelope, ScoringTable } from './tables.ts';

/** The deployments of a catalogue; requests are validated against the contract. */
export class CatalogueDeployments implements Deployments {
  readonly #catalogue: Catalogue;
  readonly #contract: Contract;
  readonly #maxRows: number;

  constructor(catalogue: Catalogue, contract: Contract, maxRows: number) {
    this.#catalogue = catalogue;
    this.#contract = contract;
    this.#maxRows = maxRows;
  }

  list(): DeploymentSummary[] {
    return this.#catalogue.list().map(({ file }) => ({
      id: file.id,
      name: file.name,
      description: file.description,
      kind: file.kind,
      problem_type: file.problem_type,
      columns: file.columns.map(({ name, type, nullable }) => ({ name, type, nullable })),
      labels: file.label.classes,
      example: { fields: file.example.fields, values: file.example.values },
    }));
  }

  listInvalid(): InvalidDeployment[] {
    return this.#catalogue.listInvalid();
  }

  score(id: string, table: ScoringTable, options?: ScoreOptions): Promise<ScoredTable>;
  score(id: string, envelope: ScoringEnvelope, options?: ScoreOptions): Promise<ScoredEnvelope>;
  async score(
    id: string,
    given: ScoringTable | ScoringEnvelope,
    { signal }: ScoreOptions = {},
  ): Promise<ScoredTable | ScoredEnvelope> {
    try {
      // Through JSON, so that a cell means what it means in a request: NaN is null, and a Date is a string.
      const body = parseJson(toJson(given)) as Parameters<typeof scoreDeployment>[0]['body'];
      this.#contract.validator.checkBody('scoreDeployment', body);
      const request = { params: { deployment_id: id }, body, headers: {}, baseUrl: '' };
      const context = {
        deployments: this.#catalogue,
        maxRows: this.#maxRows,
        logging: 'off' as const,
        note: () => undefined,
        call: toCall(signal),
      };
      const { json } = toJsonReply(await scoreDeployment(request, context));
      return JSON.parse(Buffer.from(json).toString()) as ScoredTable | ScoredEnvelope;
    } catch (failure) {
      throw toEngineError(failure);
    }
  }
}

function toJson(value: unknown): Buffer {
  try {
    return Buffer.from(JSON.stringify(value));
  } catch (cause) {
    throw new EngineError('malformed_json', 'The table has a value that JSON cannot represent.', { cause });
  }
}

function toCall(signal: AbortSignal | undefined): ScoringCall {
  let since: number | undefined;
  return { ...NO_CALL, signal, waitsSince: () => (since ??= performance.now()) };
}
