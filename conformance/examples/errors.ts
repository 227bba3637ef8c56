/** Examples for the checks of errors and security. */
import { toExample, type Example } from './example.ts';

const CONTAINER = toExample(
  `
    @app.errorhandler(HTTPException)
    def to_container(error):
        errors = [{"code": error.name.lower().replace(" ", "_"), "message": error.description}]
        return jsonify({"trace": str(uuid4()), "errors": errors}), error.code
  `,
  `
    const reject = (response, status, code, message) => {
      response.status(status).json({ trace: randomUUID(), errors: [{ code, message }] });
    };
    app.use((request, response) => reject(response, 404, 'not_found', 'There is no such path.'));
  `,
);

const MALFORMED = toExample(
  `
    table = request.get_json()  # without silent=True: raises BadRequest, a 400
  `,
  `
    app.use((error, request, response, next) => {
      // express.json() sets the status: 400 for malformed JSON, 413 for a body that is too large.
      reject(response, error.status ?? 500, 'invalid_body', 'Expected a JSON object.');
    });
  `,
);

const NO_TABLE = toExample(
  `
    if not isinstance(body, dict) or not {"fields", "values"} <= body.keys():
        abort(400, "Expected fields and values.")
  `,
  `
    const { fields, values } = request.body ?? {};
    if (!Array.isArray(fields) || !Array.isArray(values)) {
      return reject(response, 400, 'invalid_body', 'Expected fields and values.');
    }
  `,
);

const MISSING = toExample(
  `
    missing = [name for name in FEATURES if name not in table["fields"]]
    if missing:
        abort(400, f"These columns are missing: {', '.join(missing)}.")
  `,
  `
    const missing = FEATURES.filter((name) => !fields.includes(name));
    if (missing.length > 0) {
      return reject(response, 400, 'missing_fields', \`These columns are missing: \${missing.join(', ')}.\`);
    }
  `,
);

const TYPES = toExample(
  `
    for name in NUMERIC:
        column = table["fields"].index(name)
        for index, row in enumerate(table["values"]):
            if isinstance(row[column], bool) or not isinstance(row[column], (int, float)):
                abort(400, f"values[{index}][{column}]: expected a number.")
  `,
  `
    for (const column of NUMERIC.map((name) => fields.indexOf(name))) {
      const index = values.findIndex((row) => !Number.isFinite(row[column]));
      if (index >= 0) return reject(response, 400, 'invalid_value', \`values[\${index}][\${column}]: expected a number.\`);
    }
  `,
);

const RAGGED = toExample(
  `
    for index, row in enumerate(table["values"]):
        if len(row) != len(table["fields"]):
            abort(400, f"values[{index}]: expected {len(table['fields'])} cells.")
  `,
  `
    const index = values.findIndex((row) => row.length !== fields.length);
    if (index >= 0) {
      return reject(response, 400, 'invalid_row', \`values[\${index}]: expected \${fields.length} cells.\`);
    }
  `,
);

const UNKNOWN = toExample(
  `
    @app.post("/v1/deployments/<id>/online")
    def score(id):
        if id not in MODELS:
            abort(404, "There is no such deployment.")
        return jsonify(score_table(MODELS[id], request.get_json()))
  `,
  `
    app.post('/v1/deployments/:id/online', (request, response) => {
      const model = models.get(request.params.id);
      if (!model) return reject(response, 404, 'deployment_not_found', 'There is no such deployment.');
      response.json(scoreTable(model, request.body));
    });
  `,
);

const METHOD = toExample(
  `
    @app.post("/v1/deployments/<id>/online")  # POST only: Flask answers GET with 405
    def score(id):
        return jsonify(score_table(request.get_json()))
  `,
  `
    app
      .route('/v1/deployments/:id/online')
      .post(score)
      .all((request, response) => reject(response.set('Allow', 'POST'), 405, 'method_not_allowed', 'Expected POST.'));
  `,
);

const MEDIA_TYPE = toExample(
  `
    table = request.get_json()  # without force=True: raises UnsupportedMediaType, a 415
  `,
  `
    app.post('/v1/deployments/:id/online', (request, response, next) => {
      if (request.is('application/json')) return next();
      reject(response, 415, 'unsupported_media_type', 'Expected application/json.');
    });
  `,
);

const MISSING_VALUES = toExample(
  `
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    categories = make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore"))
    transformer = ColumnTransformer([("numbers", numbers, NUMERIC), ("categories", categories, CATEGORICAL)])
  `,
  `
    const rows = values.map((row) => columns.map((column, feature) => row[column] ?? model.medians[feature]));
  `,
);

const CATEGORIES = toExample(
  `
    encoder = OneHotEncoder(handle_unknown="ignore")
  `,
  `
    const encode = (cell, categories) => categories.map((category) => (category === cell ? 1 : 0)); // unknown: all 0
  `,
);

const NO_TRACE = toExample(
  `
    @app.errorhandler(Exception)
    def to_internal_error(error):
        app.logger.exception("scoring failed")
        errors = [{"code": "internal_error", "message": "Scoring failed."}]
        return jsonify({"trace": str(uuid4()), "errors": errors}), 500
  `,
  `
    app.use((error, request, response, next) => {
      console.error(error);
      reject(response, 500, 'internal_error', 'Scoring failed.');
    });
  `,
);

const RECOVERY = toExample(
  `
    frame = pd.DataFrame(table["values"], columns=table["fields"])  # new for each request
    scaled = scaler.transform(frame[FEATURES])  # not fit_transform
  `,
  `
    const rows = selectFeatures(fields, values); // new for each request
    const scores = model.score(rows); // changes nothing in the model
  `,
);

const CONNECTION = toExample(
  `
    @app.errorhandler(HTTPException)
    def to_container(error):
        request.get_data()  # reads the rest of the body
        return jsonify({"trace": str(uuid4()), "errors": []}), error.code
  `,
  `
    const reject = (request, response, status) => {
      request.resume(); // reads the rest of the body
      response.status(status).set('Connection', 'close').json({ trace: randomUUID(), errors: [] });
    };
  `,
);

const BASIC = toExample(
  `
    @app.before_request
    def authenticate():
        login = request.authorization
        is_user = login is not None and compare_digest((login.username or "").encode(), USERNAME.encode())
        if not is_user or not compare_digest((login.password or "").encode(), PASSWORD.encode()):
            return jsonify({"errors": []}), 401, {"WWW-Authenticate": 'Basic realm="engine"'}
  `,
  `
    app.use((request, response, next) => {
      const expected = \`Basic \${Buffer.from(\`\${username}:\${password}\`).toString('base64')}\`;
      const digest = (text) => createHash('sha256').update(text).digest();
      if (timingSafeEqual(digest(request.get('Authorization') ?? ''), digest(expected))) return next();
      response.status(401).set('WWW-Authenticate', 'Basic realm="engine"').json({ errors: [] });
    });
  `,
);

const TLS = toExample(
  `
    app.run(host="0.0.0.0", port=8443, ssl_context=("cert.pem", "key.pem"))
  `,
  `
    const key = await readFile('key.pem');
    createServer({ key, cert: await readFile('cert.pem') }, app).listen(8443); // of node:https
  `,
);

/** Examples for the checks of errors, by the ids of the checks. */
export const errorExamples = {
  'error-malformed-json': MALFORMED,
  'error-no-table': NO_TABLE,
  'error-missing-feature': MISSING,
  'error-wrong-type': TYPES,
  'error-ragged-row': RAGGED,
  'error-unknown-deployment': UNKNOWN,
  'error-wrong-method': METHOD,
  'error-other-media-type': MEDIA_TYPE,
  'error-json-as-text': MEDIA_TYPE,
  'error-null-cell': MISSING_VALUES,
  'error-unknown-category': CATEGORIES,
  'errors-json': CONTAINER,
  'errors-container': CONTAINER,
  'errors-no-stack-trace': NO_TRACE,
  'errors-recovery': RECOVERY,
  'errors-connection': CONNECTION,
} as const satisfies Record<string, Example>;

/** Examples for the checks of security, by the ids of the checks. */
export const securityExamples = {
  'auth-discovery-none': BASIC,
  'auth-discovery-wrong': BASIC,
  'auth-discovery-user': BASIC,
  'auth-discovery-malformed': BASIC,
  'auth-scoring-none': BASIC,
  'auth-scoring-wrong': BASIC,
  'auth-scoring-user': BASIC,
  'auth-scoring-malformed': BASIC,
  'auth-challenge': BASIC,
  'auth-open': BASIC,
  'auth-plain-http': TLS,
} as const satisfies Record<string, Example>;
