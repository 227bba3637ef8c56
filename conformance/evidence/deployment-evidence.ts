/** What is known about a deployment: the rows that it is scored with, and its responses. */
import { randomUUID } from 'node:crypto';
import { findResults, readAnswer, type Answer, type Results } from './answer.ts';
import { NotApplicable, NotRun } from '../outcome.ts';
import { describe, isReply, type EngineRequest, type Exchange } from '../client/exchange.ts';
import { findDifference } from './compare-scores.ts';
import type { EngineEvidence } from './engine-evidence.ts';
import type { PublishedDeployment } from './published-deployment.ts';
import type { Rows } from '../rows/rows.ts';
import { SCORING_REQUESTS, type SingleProbe } from './scoring-probes.ts';
import { toSiblingUrl, toUnknownUrl } from './scoring-url.ts';

/** Rows of the small requests: enough to notice faults of some rows only, such as rounding. */
const FEW = 40;
/** Statuses that do not depend on the rows: the call was rejected, or a gateway did not reach the engine. */
const NOT_ABOUT_ROWS = [401, 403, 404, 405, 406, 415, 501, 502, 503, 504];
/** Columns to compare if it is not known which ones are the results. */
const MAX_COMPARED = 20;
/** Characters of the rows of a request: 5000 rows of 1012 cells have about 50 million. */
const MAX_SENT = 64 * 2 ** 20;

/** How a deployment takes tables: as they are, or only in an envelope, {"input_data": [table]}. */
export type Form = 'table' | 'envelope';

/** The answer to the first scoring call, with its result columns. */
export interface Scored extends Results {
  readonly answer: Answer;
  /** The result columns by which later answers are compared with this one. */
  readonly names: readonly string[];
}

/** A deployment's responses, each requested when a check first needs it. */
export class DeploymentEvidence {
  readonly engine: EngineEvidence;
  readonly published: PublishedDeployment;
  /** All rows. */
  readonly rows: Rows;
  /** The rows of the small requests: the first few. */
  readonly few: Rows;
  /** The maximum number of rows of a request. */
  readonly maxRows: number;
  /** The URL to score, which is on the only host that is called. */
  readonly url: URL;
  /** The scoring id that is sent to operations that log, of this run alone. */
  readonly scoringId = `conformance-check-${randomUUID()}`;
  /** All rows as JSON. */
  #rows: string[] | undefined;
  #form: Promise<Form> | undefined;
  readonly #exchanges = new Map<SingleProbe, Promise<Exchange>>();

  constructor(engine: EngineEvidence, published: PublishedDeployment, url: URL, rows: Rows, maxRows: number) {
    this.engine = engine;
    this.published = published;
    this.rows = rows;
    this.few = { ...rows, values: rows.values.slice(0, Math.min(FEW, maxRows)) };
    this.maxRows = maxRows;
    this.url = url;
  }

  /**
   * The response to a request, or the failure.
   * @throws {NotRun} if the rows do not allow for the request
   * @throws {NotApplicable} if the scoring URL does not
   */
  exchange(probe: SingleProbe): Promise<Exchange> {
    let exchange = this.#exchanges.get(probe);
    if (!exchange) {
      exchange = this.#build(probe).then((request) => this.engine.client.send(request));
      this.#exchanges.set(probe, exchange);
    }
    return exchange;
  }

  async #build(probe: SingleProbe): Promise<EngineRequest> {
    const { published, few: rows, scoringId } = this;
    const labels = probe === 'feedback' ? await this.#toLabels() : [];
    const request = SCORING_REQUESTS[probe]({ published, rows, scoringId, labels });
    if (!request) throw new NotRun('the columns of the rows do not allow for this request');
    const { unknownDeployment = false, operation, table, ...rest } = request;
    const url = operation
      ? toSiblingUrl(this.url, operation)
      : unknownDeployment
        ? toUnknownUrl(this.engine, published, this.url)
        : this.url;
    if (!url)
      throw new NotApplicable(
        operation ? 'the scoring URL does not end in /online' : 'the scoring URL contains no id of a deployment',
      );
    return {
      method: 'POST',
      url,
      ...(table !== undefined && { body: await this.#toBody(JSON.stringify(table)) }),
      ...rest,
    };
  }

  /** A label for each row of the first call: what was predicted. */
  async #toLabels(): Promise<unknown[]> {
    const { answer, prediction } = await this.scored();
    if (prediction === undefined) throw new NotRun('the answer has no prediction; see prediction-column');
    return answer.values.map((row) => row[prediction]);
  }

  async #toBody(table: string): Promise<string> {
    return (await this.form()) === 'envelope' ? `{"input_data":[${table}]}` : table;
  }

  /**
   * The form of requests that the deployment takes. It takes envelopes only if a table does not get a table, in an envelope or
   * not, and neither does the same table again after one in an envelope did.
   */
  form(): Promise<Form> {
    this.#form ??= this.#findForm();
    return this.#form;
  }

  async #findForm(): Promise<Form> {
    const isScored = async (probe: SingleProbe) =>
      !('problem' in readAnswer(await this.exchange(probe), this.few.values.length));
    if (await isScored('batch')) return 'table';
    return (await isScored('envelope')) && !(await isScored('batch-again')) ? 'envelope' : 'table';
  }

  /** The response to scoring on a connection on which a request was rejected before, if the engine keeps it open. */
  async scoreAfterRejection(): Promise<Exchange> {
    const rejected = await this.#build('unknown-deployment').catch((error: unknown) => {
      if (error instanceof NotApplicable) return this.#build('malformed-json');
      throw error;
    });
    return (await this.engine.client.sendInTurn([rejected, await this.#build('again')])).at(-1) as Exchange;
  }

  /**
   * Sends a table of `count` rows, starting at row `first` and repeating the rows as needed.
   * @throws {NotRun} if the request would be too large; the length of the cells is up to the engine that publishes them
   */
  async sendRows(count: number, first = 0): Promise<Exchange> {
    const rows = (this.#rows ??= this.rows.values.map((row) => JSON.stringify(row)));
    const some = Array.from({ length: count }, (_, index) => rows[(first + index) % rows.length] as string);
    if (some.reduce((sum, { length }) => sum + length, 0) > MAX_SENT)
      throw new NotRun(`${count} of these rows are more than 64 MiB`);
    const body = await this.#toBody(`{"fields":${JSON.stringify(this.rows.fields)},"values":[${some.join(',')}]}`);
    return this.engine.client.send({ method: 'POST', url: this.url, body, isLarge: true });
  }

  /** The response to the first scoring call. @throws {NotRun} if the engine rejected rows that were generated */
  async firstReply(): Promise<Exchange> {
    const { origin } = this.few;
    const exchange = await this.#firstExchange();
    if (!isReply(exchange) || exchange.status === 200 || isNotAboutRows(exchange.status)) return exchange;
    const refused = exchange.status >= 400 && exchange.status < 500;
    if (origin === 'contract') throw new NotRun('no schema is published to generate rows from; pass rows with --rows');
    if (origin === 'schema' && refused) {
      const actual = describe(exchange);
      throw new NotRun(`the engine rejected rows generated from its schema; pass real ones with --rows (${actual})`);
    }
    return exchange;
  }

  /** Whether the response to the first scoring call does not depend on its rows. */
  async leadsNowhere(): Promise<boolean> {
    const exchange = await this.#firstExchange();
    return isReply(exchange) && isNotAboutRows(exchange.status);
  }

  /** The response to the first scoring call in the form that the deployment takes. */
  async #firstExchange(): Promise<Exchange> {
    return this.exchange((await this.form()) === 'envelope' ? 'envelope' : 'batch');
  }

  /** The answer to the first scoring call. @throws {NotRun} if it is not a table with as many rows as were sent */
  async scored(): Promise<Scored> {
    const answer = readAnswer(await this.firstReply(), this.few.values.length);
    if ('problem' in answer)
      throw new NotRun('the first scoring call returned no table; see the scoring checks that failed');
    const results = findResults(answer, this.few.fields, this.published);
    const { prediction, probability } = results;
    const found = [prediction, probability].filter((index) => index !== undefined);
    const sent = new Set(this.few.fields);
    const others = answer.fields.filter((name) => !sent.has(name)).slice(0, MAX_COMPARED);
    const names = found.length > 0 ? found.map((index) => answer.fields[index] as string) : others;
    return { answer, ...results, names };
  }

  /**
   * The answer to the first scoring call, for comparison with another one.
   * @throws {NotRun} if repeating the same call gives other scores, because then no difference means anything
   */
  async scoredAlike(): Promise<Scored> {
    if ((await this.findChange()) !== undefined)
      throw new NotRun('the same request gives different scores; see repeatable');
    return this.scored();
  }

  /**
   * The answer to the first scoring call, for comparison with requests of other rows.
   * @throws {NotRun} as scoredAlike() does, and if a row alone gets other scores
   */
  async scoredApart(): Promise<Scored> {
    const scored = await this.scoredAlike();
    const alone = readAnswer(await this.exchange('single'), 1);
    const last = this.few.values.length - 1;
    if ('problem' in alone || findDifference(scored.answer, alone, scored.names, () => last) !== undefined)
      throw new NotRun('a row alone gets different scores; see row-alone');
    return scored;
  }

  /** How the answer changes when the first scoring call is repeated. @throws {NotRun} as scored() does */
  async findChange(): Promise<string | undefined> {
    const { answer, names } = await this.scored();
    const again = readAnswer(await this.exchange('again'), this.few.values.length);
    return 'problem' in again ? again.problem : findDifference(answer, again, names);
  }

  /** Whether the model is a classifier: as published, or judging by the answer. */
  async isClassifier(): Promise<boolean> {
    const type = this.published.text('problem_type');
    if (type === 'regression') return false;
    if (type === 'binary' || type === 'multiclass') return true;
    const { labels, probability, prediction, answer } = await this.scored();
    if (labels !== undefined || probability !== undefined) return true;
    return answer.values.some((row) => prediction !== undefined && typeof row[prediction] === 'string');
  }
}

function isNotAboutRows(status: number): boolean {
  return (status >= 300 && status < 400) || NOT_ABOUT_ROWS.includes(status);
}
