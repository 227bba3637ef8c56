import { OpenAPIBackend, type Document } from 'openapi-backend';
import openapi from '../generated/openapi.json' with { type: 'json' };
import { ContractRouter } from './contract-router.ts';
import { ContractValidator } from './contract-validator.ts';

/** openapi-backend on a contract, with the router and the validator that do not repeat for each request what is always the same. */
export class Contract extends OpenAPIBackend {
  declare router: ContractRouter;
  declare validator: ContractValidator;

  /** @param document OpenAPI 3.0; that of this engine where it is left out */
  constructor(document: object = openapi) {
    super({
      // openapi-backend replaces the references in the document that it is given.
      definition: structuredClone(document) as Document,
      strict: true,
      // The document was checked when it was generated and is linted by the tests: no need to do it at every start.
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
