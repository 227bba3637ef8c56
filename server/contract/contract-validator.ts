import type { ErrorObject, ValidateFunction } from 'ajv';
import { OpenAPIValidator, type Document, type Operation, type Request, type ValidationResult } from 'openapi-backend';
import { addContractFormats, AJV_OPTIONS } from './ajv-options.ts';
import { ContractRequest } from './contract-request.ts';
import type { ContractRouter } from './contract-router.ts';
import { toValidationError } from './validation-error.ts';

const VALID: ValidationResult = { valid: true, errors: null };

/**
 * openapi-backend's validator, applied to requests that are already parsed. The schemas are compiled at the start. A long body is
 * validated by the thread that handles it, so only the parameters of its request are validated here.
 */
export class ContractValidator extends OpenAPIValidator {
  readonly #ofParams = new Map<string, ValidateFunction>();
  readonly #ofBody = new Map<string, ValidateFunction>();

  constructor(definition: Document, router: ContractRouter) {
    const options = { ajvOpts: AJV_OPTIONS, customizeAjv: addContractFormats };
    // Lazily, because the validators of responses are not used here.
    super({ definition, router, lazyCompileValidators: true, ...options });
    this.preCompileRequestValidators();
    for (const [id, validators] of Object.entries(this.requestValidators)) {
      for (const validate of validators ?? []) {
        const { properties = {} } = validate.schema as { properties?: object };
        ('requestBody' in properties ? this.#ofBody : this.#ofParams).set(id, validate);
      }
    }
  }

  /** The schema of `{ requestBody }` by operation id, for operations with a body; threads compile it themselves. */
  get bodySchemas(): Record<string, object> {
    return Object.fromEntries([...this.#ofBody].map(([id, { schema }]) => [id, schema as object]));
  }

  /**
   * Checks the body of an operation outside a request.
   * @throws {EngineError} invalid_body, as a request with this body gets
   */
  checkBody(operationId: string, body: unknown): void {
    const validate = this.#ofBody.get(operationId);
    if (validate && !validate({ requestBody: body })) throw toValidationError(validate.errors ?? [], body);
  }

  override validateRequest(request: Request, operation?: Operation | string): ValidationResult {
    if (!(request instanceof ContractRequest) || typeof operation !== 'object')
      return super.validateRequest(request, operation);
    const { params, query, cookies, declaredHeaders, requestBody, longBody } = request;
    const id = operation.operationId as string;
    const input = { path: params, query, header: toLowerCase(declaredHeaders), cookie: cookies, requestBody };
    const errors: ErrorObject[] = [];
    for (const validate of [longBody ? undefined : this.#ofBody.get(id), this.#ofParams.get(id)])
      if (validate && !validate(input)) errors.push(...(validate.errors ?? []));
    return errors.length === 0 ? VALID : { valid: false, errors };
  }
}

/** openapi-backend looks for headers by their names in lower case. */
function toLowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
