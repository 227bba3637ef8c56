/** A behaviour of the HTTP double: a credit model whose paths answer in every shape, and some that misbehave. */
import { answers, dropsBeforeHeaders, endless, redirects, says, silent } from './behaviours.ts';
import type { Behaviour } from './http-double.ts';

/** The probability that a loan is not paid back. */
const toRisk = ([amount]: readonly unknown[]) => 1 / (1 + Math.exp((2500 - Number(amount)) / 800));
const toLabel = (risk: number) => (risk > 0.5 ? 'bad' : 'good');

type Row = readonly unknown[];
/** What each path answers for rows. */
const ANSWERS: Readonly<Record<string, (values: readonly Row[]) => unknown>> = {
  '/records': (values) =>
    values.map(toRisk).map((risk) => ({ prediction: toLabel(risk), probability: [1 - risk, risk] })),
  '/vectors': (values) => values.map(toRisk).map((risk) => [1 - risk, risk]),
  '/labels': (values) => values.map((row) => toLabel(toRisk(row))),
  '/same': (values) => values.map(() => 'good'),
  '/amounts': (values) => values.map(([amount]) => Number(amount) * 1.5 + 0.25),
  // Its threshold is not 0.5.
  '/cautious': (values) =>
    values.map(toRisk).map((risk) => ({ prediction: risk > 0.3 ? 'bad' : 'good', probability: [1 - risk, risk] })),
  // One probability per row: as Keras and as XGBoost send it.
  '/sigmoid': (values) => values.map((row) => [toRisk(row)]),
  '/probability': (values) => values.map(toRisk),
  '/margins': (values) => values.map(([amount]) => (Number(amount) - 2500) / 800),
  // The classes in other alphabets.
  '/upper': (values) => values.map((row) => toLabel(toRisk(row)).toUpperCase()),
  '/base64': (values) => values.map((row) => Buffer.from(toLabel(toRisk(row))).toString('base64')),
  '/numbers': (values) => values.map((row) => (toRisk(row) > 0.5 ? 1 : 0)),
  '/decimals': (values) => values.map((row) => (toRisk(row) > 0.5 ? '1.0' : '0.0')),
  '/upper-records': (values) =>
    values
      .map(toRisk)
      .map((risk) => ({ classes: ['BAD', 'GOOD'], scores: [risk, 1 - risk], label: toLabel(risk).toUpperCase() })),
  // A number beside the label: the probability of the predicted class, of a fixed class, or something else.
  '/confident': (values) =>
    values.map(toRisk).map((risk) => ({ label: toLabel(risk), score: Math.max(risk, 1 - risk) })),
  '/risky': (values) => values.map(toRisk).map((risk) => ({ label: toLabel(risk), score: risk })),
  '/unclear': (values) => values.map(toRisk).map((risk) => ({ label: toLabel(risk), score: risk / 2 })),
  '/columns': (values) => ({ labels: values.map((row) => toLabel(toRisk(row))), status: 'ok' }),
  '/lists': (values) => ({
    classes: ['good', 'bad'],
    probabilities: values.map(toRisk).map((risk) => [1 - risk, risk]),
  }),
  '/nan': (values) => values.map(() => [null, 1]),
  // What some servers make of NaN.
  '/null': (values) => values.map(() => null),
  '/short': (values) => values.slice(1).map(() => 'good'),
};

const toRecords = answers(({ body }) => ({
  body: ANSWERS['/records']?.((JSON.parse(body) as { values: Row[] }).values),
}));

/** Paths that do not answer rows. */
const OTHERS: Readonly<Record<string, Behaviour>> = {
  '/hang': silent,
  '/drop': dropsBeforeHeaders,
  '/html': says('<h1>\u001b[2J\u001b[31mboom\u202e</h1>', { 'Content-Type': 'text/html' }, 500),
  '/redirect': redirects('/records', 302),
  '/busy': says('', { 'Retry-After': '60' }, 429),
  '/unprocessable': says('{"detail":"amount: expected a number"}', {}, 422),
  '/ready': says('"ready"'),
  '/text': says('fine'),
  '/portal': says('<html>Sign in</html>', { 'Content-Type': 'application/json' }),
  '/login': says('<!DOCTYPE html>\n<title>Log in</title>\u001b[2J', { 'Content-Type': 'text/html; charset=utf-8' }),
  '/error': says('{"error": "model not loaded", "request_id": 7}'),
  '/not-finite': says('{"scores": [NaN, NaN]}'),
  '/huge': endless(),
  '/guarded': (request, response) =>
    request.headers.authorization === 'Bearer canary-8675309'
      ? toRecords(request, response)
      : says('{"detail":"no token"}', {}, 401)(request, response),
};

/** Answers as the path says. */
export const creditModel: Behaviour = (request, response) => {
  const { pathname } = new URL(request.path, 'http://localhost');
  const other = OTHERS[pathname];
  if (other) return other(request, response);
  const toAnswer = ANSWERS[pathname];
  if (!toAnswer) return says('{"detail":"Not Found"}', {}, 404)(request, response);
  return answers(({ body }) => ({ body: toAnswer((JSON.parse(body) as { values: Row[] }).values) }))(request, response);
};
