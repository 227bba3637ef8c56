/** Examples for the checks of scoring and load. */
import { toExample, type Example } from './example.ts';

const TABLE = toExample(
  `
    def score_table(table):
        frame = pd.DataFrame(table["values"], columns=table["fields"])
        predictions = model.predict(frame[FEATURES]).tolist()
        probabilities = model.predict_proba(frame[FEATURES]).tolist()
        rows = zip(table["values"], predictions, probabilities)
        return {
            "fields": [*table["fields"], "prediction", "probability"],
            "values": [[*row, prediction, probability] for row, prediction, probability in rows],
            "labels": model.classes_.tolist(),
        }
  `,
  `
    function scoreTable({ fields, values }) {
      const columns = FEATURES.map((name) => fields.indexOf(name));
      const scores = model.score(values.map((row) => columns.map((column) => row[column])));
      return {
        fields: [...fields, 'prediction', 'probability'],
        values: values.map((row, index) => [...row, scores[index].label, scores[index].probabilities]),
        labels: model.classes,
      };
    }
  `,
);

const ROUTE = toExample(
  `
    @app.post("/v1/deployments/<id>/online")
    def score(id):
        return jsonify(score_table(request.get_json()))
  `,
  `
    app.post('/v1/deployments/:id/online', express.json({ limit: '32mb' }), (request, response) => {
      response.json(scoreTable(request.body));
    });
  `,
);

const FINITE = toExample(
  `
    def to_json(value):
        return value if math.isfinite(value) else None

    values = [[to_json(float(value))] for value in model.predict(frame[FEATURES])]
  `,
  `
    // JSON.stringify writes null for NaN and Infinity.
    response.json({ fields: ['prediction'], values: predictions.map((value) => [value]) });
  `,
);

const NO_ERROR = toExample(
  `
    answer = {"fields": fields, "values": values, "labels": labels}  # and no "error": None
  `,
  `
    const answer = { fields, values, labels }; // and no error: null
  `,
);

const LABELS = toExample(
  `
    labels = ["No Risk", "Risk"]  # exactly as in the label column
    predictions = [labels[index] for index in probabilities.argmax(axis=1)]
  `,
  `
    const labels = ['No Risk', 'Risk']; // exactly as in the label column
    const predictions = probabilities.map((vector) => labels[vector.indexOf(Math.max(...vector))]);
  `,
);

const NUMBERS = toExample(
  `
    values = [[float(value)] for value in model.predict(frame[FEATURES])]
    return jsonify({"fields": ["prediction"], "values": values})
  `,
  `
    const values = model.predict(rows).map((value) => [Number(value)]);
    response.json({ fields: ['prediction'], values });
  `,
);

const CLASSES = toExample(
  `
    labels = model.classes_.tolist()  # in the order of the columns of predict_proba
    probabilities = model.predict_proba(frame[FEATURES]).tolist()
    answer = {"fields": fields, "values": values, "labels": labels}
    asset_properties["labels"] = labels
  `,
  `
    const labels = model.classes; // in the order of the probability vectors
    const answer = { fields, values, labels };
    assetProperties.labels = labels;
  `,
);

const VECTORS = toExample(
  `
    positive = model.predict(frame[FEATURES]).ravel()  # one probability per row
    probabilities = [[float(1 - p), float(p)] for p in positive]
  `,
  `
    const positive = model.predict(rows); // one probability per row
    const probabilities = positive.map((p) => [1 - p, p]);
  `,
);

const SOFTMAX = toExample(
  `
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    probabilities = powers / powers.sum(axis=1, keepdims=True)  # not rounded
  `,
  `
    const toProbabilities = (logits) => {
      const powers = logits.map((logit) => Math.exp(logit - Math.max(...logits)));
      const sum = powers.reduce((a, b) => a + b);
      return powers.map((power) => power / sum); // not rounded
    };
  `,
);

const BY_NAME = toExample(
  `
    frame = pd.DataFrame(table["values"], columns=table["fields"])
    predictions = model.predict(frame[FEATURES])  # by name, and without other columns
  `,
  `
    const columns = FEATURES.map((name) => fields.indexOf(name)); // by name, and without other columns
    const rows = values.map((row) => columns.map((column) => row[column]));
  `,
);

const ONLY_TABLE = toExample(
  `
    body = request.get_json()
    table = {"fields": body["fields"], "values": body["values"]}  # body["meta"] is accepted and ignored
  `,
  `
    const { fields, values } = request.body; // request.body.meta is accepted and ignored
  `,
);

const HEADER = toExample(
  `
    @app.after_request
    def copy_transaction_id(response):
        id = request.headers.get("X-Global-Transaction-Id")
        if id:
            response.headers["X-Global-Transaction-Id"] = id
        return response
  `,
  `
    app.use((request, response, next) => {
      const id = request.get('X-Global-Transaction-Id');
      if (id) response.set('X-Global-Transaction-Id', id);
      next();
    });
  `,
);

const FITTED = toExample(
  `
    pipeline = make_pipeline(StandardScaler(), LogisticRegression(random_state=1))
    pipeline.fit(training[FEATURES], training["risk"])  # once; scoring only transforms

    predictions = pipeline.predict(frame[FEATURES])  # row by row, in the order of the request
  `,
  `
    const { mean, deviation } = model.scaling; // from training; scoring only applies it
    const scaled = rows.map((row) => row.map((cell, column) => (cell - mean[column]) / deviation[column]));
    const predictions = scaled.map((row) => model.predict(row)); // in the order of the request
  `,
);

const DETERMINISTIC = toExample(
  `
    torch.manual_seed(1)
    model.eval()  # turns dropout off
    with torch.no_grad():
        probabilities = torch.softmax(model(features), dim=1).tolist()
  `,
  `
    const model = new RandomForest({ seed: 1 });
    const probabilities = network.apply(features, { training: false }); // without dropout
  `,
);

const FRACTIONS = toExample(
  `
    frame[NUMERIC] = frame[NUMERIC].astype(float)  # not int
  `,
  `
    const isValid = (cell) => Number.isFinite(cell); // not Number.isInteger
  `,
);

const EMPTY = toExample(
  `
    if not table["values"]:
        fields = [*table["fields"], "prediction", "probability"]
        return jsonify({"fields": fields, "values": [], "labels": model.classes_.tolist()})
  `,
  `
    if (values.length === 0) {
      response.json({ fields: [...fields, 'prediction', 'probability'], values: [], labels: model.classes });
      return;
    }
  `,
);

const ENVELOPE = toExample(
  `
    @app.post("/v1/deployments/<id>/online")
    def score(id):
        body = request.get_json()
        if "input_data" in body:
            return jsonify({"predictions": [score_table(table) for table in body["input_data"]]})
        return jsonify(score_table(body))
  `,
  `
    app.post('/v1/deployments/:id/online', express.json({ limit: '32mb' }), ({ body }, response) => {
      if ('input_data' in body) response.json({ predictions: body.input_data.map(scoreTable) });
      else response.json(scoreTable(body));
    });
  `,
);

const BATCH = toExample(
  `
    app.config["MAX_CONTENT_LENGTH"] = 32 * 2**20
    frame = pd.DataFrame(table["values"], columns=table["fields"])
    predictions = model.predict(frame[FEATURES])  # one call for all rows
  `,
  `
    app.use(express.json({ limit: '32mb' }));
    const scores = model.score(rows); // one call for all rows
  `,
);

const LOADED = toExample(
  `
    MODELS = {"loan": joblib.load("loan.joblib")}  # once, when the server starts

    @app.post("/v1/deployments/<id>/online")
    def score(id):
        return jsonify(score_table(MODELS[id], request.get_json()))
  `,
  `
    const models = new Map([['loan', await loadModel('loan.json')]]); // once, when the server starts

    app.post('/v1/deployments/:id/online', (request, response) => {
      response.json(scoreTable(models.get(request.params.id), request.body));
    });
  `,
);

const LOCAL = toExample(
  `
    def score_table(model, table):
        frame = pd.DataFrame(table["values"], columns=table["fields"])  # a local variable, no global
        return to_answer(table, model.predict_proba(frame[FEATURES]))
  `,
  `
    function scoreTable(model, { fields, values }) {
      const rows = selectFeatures(fields, values); // a local variable, no global
      return toAnswer(fields, values, model.score(rows));
    }
  `,
);

const OUTPUT = toExample(
  `
    fields = [field["name"] for field in output_schema["fields"]]
    values = [[row[name] for name in fields] for row in results]
  `,
  `
    const fields = outputSchema.fields.map(({ name }) => name);
    const values = results.map((row) => fields.map((name) => row[name]));
  `,
);

/** Examples for the checks of scoring, by the ids of the checks. */
export const scoringExamples = {
  'scoring-answers': ROUTE,
  'scoring-status': ROUTE,
  'scoring-json': FINITE,
  'scoring-content-type': ROUTE,
  'scoring-shape': TABLE,
  'row-count': TABLE,
  'row-width': TABLE,
  'no-error-word': NO_ERROR,
  'prediction-column': TABLE,
  'prediction-boolean': LABELS,
  'prediction-type': LABELS,
  'prediction-label': LABELS,
  'regression-finite': NUMBERS,
  'labels-well-formed': CLASSES,
  'labels-agree': CLASSES,
  'labels-given': CLASSES,
  'probability-given': TABLE,
  'probability-vector': VECTORS,
  'probability-length': CLASSES,
  'probability-range': SOFTMAX,
  'probability-sum': SOFTMAX,
  'labels-order': CLASSES,
  'echo-true': TABLE,
  echo: TABLE,
  'output-schema': OUTPUT,
  'transaction-id': HEADER,
  'row-order': FITTED,
  'columns-by-name': BY_NAME,
  'extra-columns': BY_NAME,
  'meta-harmless': ONLY_TABLE,
  'headers-harmless': ONLY_TABLE,
  'row-alone': FITTED,
  repeatable: DETERMINISTIC,
  fractions: FRACTIONS,
  'empty-table': EMPTY,
  envelope: ENVELOPE,
  'envelope-several': ENVELOPE,
} as const satisfies Record<string, Example>;

/** Examples for the checks of load, by the ids of the checks. */
export const loadExamples = {
  'load-many-rows': BATCH,
  'load-explanation': LOADED,
  'load-concurrent': LOCAL,
} as const satisfies Record<string, Example>;
