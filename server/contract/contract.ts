import { OpenAPIBackend, type Document } from 'openapi-backend';
import openapi from '../../generated/openapi.json' with { type: 'json' };
import { ContractRouter } from './contract-router.ts';
import { ContractValidator } from './contract-validator.ts';

/** openapi-backend for one contract, with a router and a validator that do not repeat the same work for every request. */
export class Contract extends OpenAPIBackend {
  declare router: ContractRouter;
  declare validator: ContractValidator;

  /** @param document OpenAPI 3.0; the engine's own contract by default */
  constructor(document: object = openapi) {
    super({
      // A copy, because openapi-backend replaces the references in the document.
      definition: structuredClone(document) as Document,
      strict: true,
      // The document is validated when it is generated, and linted by tests, not at every start.
      quick: true,
    });
  }

  override async init(): Promise<this> {
    await super.init();
    this.router = new ContractRouter(this.definition);
    this.validator = new ContractValidator(this.definition, this.router);
    return this;
  }
}
