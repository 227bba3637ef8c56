/** Whether discovery is answered, as JSON, in time, with the list that clients read. */
import type { Check } from '../../check.ts';
import { fail, NotRun, pass } from '../../outcome.ts';
import { describe, isReply } from '../../client/exchange.ts';
import { isObject, parseJson } from '../../client/parse-json.ts';
import { MOST_RESOURCES } from '../../evidence/engine-evidence.ts';
import { judgeContentType } from '../judge-content-type.ts';

/** The reply to discovery. */
export const replyChecks = {
  'discovery-answers': {
    scope: 'engine',
    level: 'required',
    statement: 'GET /v1/deployments below the base URL is answered with one whole HTTP reply.',
    why: 'OpenScale finds the deployments of an engine by this call alone.',
    mend: 'Answer every request, close what you open, and keep the reply below 8 MiB.',
    run: async (engine) => {
      const exchange = await engine.exchange('discovery');
      return isReply(exchange) ? pass() : fail(`the call ${exchange.message}`, 'a whole reply');
    },
  },
  'discovery-status': {
    scope: 'engine',
    level: 'required',
    statement: 'Discovery answers with the status 200.',
    why: 'Clients take any other status for a failure, and follow no redirects with credentials.',
    mend: 'Answer at {base}/v1/deployments itself, without a redirect. If it wants a password, give it to the kit: --username and --password-env, or --header.',
    run: async (engine) => {
      const reply = await engine.discoveryReply();
      return reply.status === 200 ? pass() : fail(describe(reply), '200');
    },
  },
  'discovery-json': {
    scope: 'engine',
    level: 'required',
    statement: 'The body of discovery is a JSON object in UTF-8.',
    why: 'Clients parse it as JSON; NaN, a byte order mark or other encodings make them fail.',
    mend: 'Write the body with a JSON library, as UTF-8.',
    run: async (engine) => {
      const reply = await engine.discoveryReply();
      if (reply.status !== 200) throw new NotRun('discovery did not answer 200; see discovery-status');
      const parsed = parseJson(reply);
      if ('problem' in parsed) return fail(parsed.problem, 'a JSON object');
      return isObject(parsed.value) ? pass() : fail(JSON.stringify(parsed.value), 'a JSON object');
    },
  },
  'discovery-content-type': {
    scope: 'engine',
    level: 'recommended',
    statement: 'Discovery says that it is application/json.',
    why: 'Clients that look at the Content-Type do not parse anything else.',
    mend: 'Send Content-Type: application/json.',
    run: async (engine) => {
      await engine.discoveryBody();
      return judgeContentType((await engine.discoveryReply()).headers['content-type']);
    },
  },
  'discovery-time': {
    scope: 'engine',
    level: 'required',
    statement: 'Discovery answers within 10 seconds.',
    why: "IBM's own tests of discovery fail after 10 seconds.",
    mend: 'Answer from memory; load no models during discovery.',
    run: async (engine) => judgeTime((await engine.discoveryReply()).milliseconds, engine.limits.required),
  },
  'discovery-speed': {
    scope: 'engine',
    level: 'recommended',
    statement: 'Discovery answers within 2 seconds.',
    why: "2 seconds is the baseline of IBM's own tests; people wait for it in the dashboard.",
    mend: 'Answer from memory.',
    run: async (engine) => {
      const { milliseconds } = await engine.discoveryReply();
      if (milliseconds > engine.limits.required) throw new NotRun('it is slower yet; see discovery-time');
      return judgeTime(milliseconds, engine.limits.recommended);
    },
  },
  'discovery-resources': {
    scope: 'engine',
    level: 'required',
    statement: '`resources` is a list of objects, one a deployment.',
    why: 'Clients read `resources` and nothing else of the body.',
    mend: 'Answer {"count": 1, "resources": [{…}]}; with no deployment, an empty list.',
    run: async (engine) => {
      const { resources } = await engine.discoveryBody();
      if (!Array.isArray(resources))
        return fail(resources === undefined ? 'there is no `resources`' : JSON.stringify(resources), 'a list');
      if (resources.length > MOST_RESOURCES) return fail(`${resources.length} resources`, `at most ${MOST_RESOURCES}`);
      const other = resources.findIndex((resource) => !isObject(resource));
      return other < 0
        ? pass(`${resources.length} deployment${resources.length === 1 ? '' : 's'}`)
        : fail(`resources[${other}] is no object`, 'objects');
    },
  },
  'discovery-count': {
    scope: 'engine',
    level: 'required',
    statement: '`count` is the number of resources.',
    why: "The list shown in the dashboard is as long as `count` says; one of IBM's own samples gets it wrong.",
    mend: 'Compute `count` from the list.',
    run: async (engine) => {
      const { length } = await engine.resources();
      const { count } = await engine.discoveryBody();
      return count === length
        ? pass()
        : fail(`count is ${JSON.stringify(count)}`, `${length}, for so many resources came`);
    },
  },
  'discovery-stable': {
    scope: 'engine',
    level: 'required',
    statement: 'A second call lists the same ids.',
    why: 'OpenScale keeps the id that was subscribed to, and looks for it in later lists.',
    mend: 'Give each deployment an id that stays; make none up during the call.',
    engineProbes: ['discovery-again'],
    run: async (engine) => {
      const ids = (await engine.published()).map(({ id }) => id);
      const again = await engine.idsAgain();
      if (!Array.isArray(again)) return fail(describe(again), 'the same list as before');
      const sorted = (list: readonly unknown[]) => JSON.stringify([...list].sort());
      return sorted(ids) === sorted(again) ? pass() : fail(`then ${sorted(again)}`, `${sorted(ids)}, as before`);
    },
  },
} as const satisfies Record<string, Check>;

function judgeTime(milliseconds: number, limit: number) {
  const took = `${(milliseconds / 1000).toFixed(2)} s`;
  return milliseconds <= limit ? pass(took) : fail(took, `at most ${limit / 1000} s`);
}
