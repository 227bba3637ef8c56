/** Examples for the checks of logging. */
import { toExample, type Example } from './example.ts';

const PREDICTIONS = toExample(
  `
    @app.post("/v1/deployments/<id>/predictions")
    def score_and_log(id):
        table = request.get_json()
        scoring_id = request.headers.get("X-Scoring-Id") or str(uuid.uuid4())
        answer = score_table(table)  # as /online does; meta is not part of it
        log_once(scoring_id, table, answer)
        return jsonify(answer), 200, {"X-Scoring-Id": scoring_id}
  `,
  `
    app.post('/v1/deployments/:id/predictions', express.json({ limit: '32mb' }), (request, response) => {
      const id = request.get('X-Scoring-Id') ?? randomUUID(); // of node:crypto
      const answer = scoreTable(request.body); // as /online does; meta is not part of it
      logOnce(id, request.body, answer);
      response.set('X-Scoring-Id', id).json(answer);
    });
  `,
);

const FEEDBACK = toExample(
  `
    @app.post("/v1/deployments/<id>/feedback")
    def take_feedback(id):
        table = request.get_json()
        if LABEL not in table["fields"]:
            abort(400, f"The label column {LABEL} is missing.")
        log_feedback(table)
        return jsonify({"rows": len(table["values"])})
  `,
  `
    app.post('/v1/deployments/:id/feedback', express.json({ limit: '32mb' }), ({ body }, response) => {
      if (!body.fields.includes(LABEL)) {
        return reject(response, 400, 'missing_fields', \`The label column \${LABEL} is missing.\`);
      }
      logFeedback(body);
      response.json({ rows: body.values.length });
    });
  `,
);

/** Examples for the checks of logging, by the ids of the checks. */
export const loggingExamples = {
  'predictions-same': PREDICTIONS,
  'predictions-id': PREDICTIONS,
  'predictions-own-id': PREDICTIONS,
  'predictions-meta': PREDICTIONS,
  'feedback-accepted': FEEDBACK,
  'feedback-rejected': FEEDBACK,
} as const satisfies Record<string, Example>;
