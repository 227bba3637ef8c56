/** Examples for the checks of discovery. */
import { toExample, type Example } from './example.ts';

const LIST = toExample(
  `
    @app.get("/v1/deployments")
    def list_deployments():
        resources = [to_resource(id) for id in MODELS]
        return jsonify({"count": len(resources), "resources": resources})
  `,
  `
    app.get('/v1/deployments', (request, response) => {
      const resources = [...models.keys()].map(toResource);
      response.json({ count: resources.length, resources });
    });
  `,
);

const IN_MEMORY = toExample(
  `
    MODELS = {"loan": joblib.load("loan.joblib")}  # once, when the server starts
    RESOURCES = [to_resource(id) for id in MODELS]

    @app.get("/v1/deployments")
    def list_deployments():
        return jsonify({"count": len(RESOURCES), "resources": RESOURCES})
  `,
  `
    const models = new Map([['loan', await loadModel('loan.json')]]); // once, when the server starts
    const resources = [...models.keys()].map(toResource);

    app.get('/v1/deployments', (request, response) => {
      response.json({ count: resources.length, resources });
    });
  `,
);

const IDS = toExample(
  `
    MODELS = {"loan": loan_model, "churn": churn_model}  # ids that are unique and never change

    def to_resource(id):
        return {"metadata": {"guid": id}}
  `,
  `
    const models = new Map(Object.entries({ loan: loanModel, churn: churnModel })); // ids that are unique and never change

    const toResource = (id) => ({ metadata: { guid: id } });
  `,
);

const RESOURCE = toExample(
  `
    def to_resource(id):
        url = f"{PUBLIC_URL}/v1/deployments/{id}"
        scoring_url = f"{url}/online"
        created_at = "2026-01-31T12:00:00Z"
        asset = {"guid": id, "asset_id": id, "name": id, "asset_type": "model", "url": url, "created_at": created_at}
        return {
            "metadata": {"guid": id, "url": url, "created_at": created_at, "modified_at": created_at},
            "entity": {
                "name": id,
                "description": "Predicts whether a loan is repaid",
                "type": "online",
                "scoring_url": scoring_url,
                "scoring_endpoint": {"url": scoring_url},
                "asset": asset,
                "asset_properties": {"problem_type": "binary", "input_data_type": "structured"},
            },
        }
  `,
  `
    function toResource(id) {
      const url = \`\${publicUrl}/v1/deployments/\${id}\`;
      const scoringUrl = \`\${url}/online\`;
      const created_at = '2026-01-31T12:00:00Z';
      return {
        metadata: { guid: id, url, created_at, modified_at: created_at },
        entity: {
          name: id,
          description: 'Predicts whether a loan is repaid',
          type: 'online',
          scoring_url: scoringUrl,
          scoring_endpoint: { url: scoringUrl },
          asset: { guid: id, asset_id: id, name: id, asset_type: 'model', url, created_at },
          asset_properties: { problem_type: 'binary', input_data_type: 'structured' },
        },
      };
    }
  `,
);

const DATES = toExample(
  `
    modified = datetime.fromtimestamp(os.path.getmtime("loan.joblib"), timezone.utc)
    metadata = {"guid": "loan", "modified_at": modified.strftime("%Y-%m-%dT%H:%M:%SZ")}
  `,
  `
    const { mtime } = await stat('loan.json');
    const metadata = { guid: 'loan', modified_at: mtime.toISOString() };
  `,
);

const URLS = toExample(
  `
    # Behind a proxy, with the scheme, host and prefix that clients see:
    app.wsgi_app = ProxyFix(app.wsgi_app, x_proto=1, x_host=1, x_prefix=1)

    def to_scoring_url(id):
        return f"{request.url_root}v1/deployments/{quote(id, safe='')}/online"
  `,
  `
    app.set('trust proxy', 1); // behind a proxy, for the scheme and host that clients see

    const toScoringUrl = (request, id) =>
      \`\${request.protocol}://\${request.host}/v1/deployments/\${encodeURIComponent(id)}/online\`;
  `,
);

const PROPERTIES = toExample(
  `
    asset_properties = {
        "problem_type": "binary",  # or multiclass, regression
        "input_data_type": "structured",
        "label_column": "risk",
        "feature_fields": ["age", "housing"],
        "categorical_fields": ["housing"],
        "prediction_field": "prediction",
        "prediction_probability_field": "probability",
        "labels": model.classes_.tolist(),
        "input_data_schema": input_schema,
        "output_data_schema": output_schema,
        "training_data_schema": training_schema,
    }
  `,
  `
    const asset_properties = {
      problem_type: 'binary', // or multiclass, regression
      input_data_type: 'structured',
      label_column: 'risk',
      feature_fields: ['age', 'housing'],
      categorical_fields: ['housing'],
      prediction_field: 'prediction',
      prediction_probability_field: 'probability',
      labels: model.classes,
      input_data_schema: inputSchema,
      output_data_schema: outputSchema,
      training_data_schema: trainingSchema,
    };
  `,
);

const SCHEMAS = toExample(
  `
    def field(name, type, role, **metadata):
        return {"name": name, "type": type, "nullable": True, "metadata": {"modeling_role": role, **metadata}}

    vector = {"type": "array", "elementType": "double", "containsNull": False}
    features = [field("age", "integer", "feature"), field("housing", "string", "feature", measure="discrete")]
    results = [field("prediction", "string", "prediction"), field("probability", vector, "probability")]
    input_schema = {"type": "struct", "fields": features}
    output_schema = {"type": "struct", "fields": features + results}
    training_schema = {"type": "struct", "fields": features + [field("risk", "string", "target")]}
  `,
  `
    const field = (name, type, modeling_role, metadata = {}) => {
      return { name, type, nullable: true, metadata: { modeling_role, ...metadata } };
    };
    const vector = { type: 'array', elementType: 'double', containsNull: false };
    const features = [field('age', 'integer', 'feature'), field('housing', 'string', 'feature', { measure: 'discrete' })];
    const results = [field('prediction', 'string', 'prediction'), field('probability', vector, 'probability')];
    const inputSchema = { type: 'struct', fields: features };
    const outputSchema = { type: 'struct', fields: [...features, ...results] };
    const trainingSchema = { type: 'struct', fields: [...features, field('risk', 'string', 'target')] };
  `,
);

const NAMES = toExample(
  `
    frame = frame.rename(columns=lambda name: re.sub('["=]', "_", name))  # before training
  `,
  `
    const fields = header.map((name) => name.replace(/["=]/g, '_')); // before training
  `,
);

const FEATURES = toExample(
  `
    ranking = pd.Series(model.feature_importances_, index=FEATURES)
    features = ranking.nlargest(1012).index.tolist()
    model.fit(frame[features], frame["risk"])
  `,
  `
    const ranking = features.toSorted((a, b) => importance[b] - importance[a]);
    model.train(selectColumns(rows, ranking.slice(0, 1012)), labels);
  `,
);

/** Examples for the checks of discovery, by the ids of the checks. */
export const discoveryExamples = {
  'discovery-answers': LIST,
  'discovery-status': LIST,
  'discovery-json': LIST,
  'discovery-content-type': LIST,
  'discovery-time': IN_MEMORY,
  'discovery-speed': IN_MEMORY,
  'discovery-resources': LIST,
  'discovery-count': LIST,
  'discovery-stable': IDS,
  'keys-gateway': RESOURCE,
  'keys-direct-client': RESOURCE,
  'keys-sdk-v2': RESOURCE,
  'keys-superset': RESOURCE,
  'published-properties': PROPERTIES,
  'ids-unique': IDS,
  'ids-asset': RESOURCE,
  dates: DATES,
  'dates-utc': DATES,
  words: PROPERTIES,
  'urls-absolute': URLS,
  'urls-agree': RESOURCE,
  'urls-distinct': URLS,
  'urls-not-local': URLS,
  'urls-scheme': URLS,
  'urls-same-host': URLS,
  'urls-path': URLS,
  'schemas-spark': SCHEMAS,
  'schemas-no-other': SCHEMAS,
  'schemas-roles': SCHEMAS,
  'column-names': NAMES,
  'feature-count': FEATURES,
  'fields-features': SCHEMAS,
  'fields-categorical': PROPERTIES,
  'fields-label': SCHEMAS,
  'fields-prediction': SCHEMAS,
  'fields-probability': SCHEMAS,
  'published-labels': PROPERTIES,
} as const satisfies Record<string, Example>;
