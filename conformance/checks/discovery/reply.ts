/** Checks of the discovery response: JSON, in time, with the list that clients read. */
import type { Check } from '../../check.ts';
import { fail, NotRun, pass } from '../../outcome.ts';
import { describe, isReply } from '../../client/exchange.ts';
import { isObject, parseJson } from '../../client/parse-json.ts';
import { MAX_RESOURCES } from '../../evidence/engine-evidence.ts';
import { judgeContentType } from '../judge-content-type.ts';

/** Checks of the discovery response. */
export const replyChecks = {
  'discovery-answers': {
    scope: 'engine',
    level: 'required',
    statement: 'GET /v1/deployments below the base URL gets a complete HTTP response.',
    why: 'OpenScale finds the deployments of an engine through this call alone.',
    fix: 'Answer every request, close every response, and keep the response below 8 MiB.',
    run: async (engine) => {
      const exchange = await engine.exchange('discovery');
      return isReply(exchange) ? pass() : fail(`the call ${exchange.message}`, 'a complete response');
    },
  },
  'discovery-status': {
    scope: 'engine',
    level: 'required',
    statement: 'Discovery returns status 200.',
    why: 'Clients treat any other status as a failure, and do not follow redirects with credentials.',
    fix: 'Answer at {base}/v1/deployments itself, without a redirect. If the engine requires a password, pass it: --username and --password-env, or --header. If it has no discovery, which IBM calls optional, check it by its scoring URL: --scoring-url.',
    run: async (engine) => {
      const reply = await engine.discoveryReply();
      return reply.status === 200 ? pass() : fail(describe(reply), '200');
    },
  },
  'discovery-json': {
    scope: 'engine',
    level: 'required',
    statement: 'The body of the discovery response is a JSON object in UTF-8.',
    why: 'Clients parse it as JSON; NaN, a byte order mark or another encoding makes them fail.',
    fix: 'Write the body with a JSON library, in UTF-8.',
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
    statement: 'The discovery response has the Content-Type application/json.',
    why: 'Clients that check the Content-Type do not parse anything else.',
    fix: 'Send Content-Type: application/json.',
    run: async (engine) => {
      await engine.discoveryBody();
      return judgeContentType((await engine.discoveryReply()).headers['content-type']);
    },
  },
  'discovery-time': {
    scope: 'engine',
    level: 'required',
    statement: 'Discovery responds within 10 seconds.',
    why: "IBM's own tests of discovery fail after 10 seconds.",
    fix: 'Answer from memory; do not load models during discovery.',
    run: async (engine) => judgeTime((await engine.discoveryReply()).milliseconds, engine.limits.required),
  },
  'discovery-speed': {
    scope: 'engine',
    level: 'recommended',
    statement: 'Discovery responds within 2 seconds.',
    why: "2 seconds is the baseline of IBM's own tests; people wait for it in the dashboard.",
    fix: 'Answer from memory.',
    run: async (engine) => {
      const { milliseconds } = await engine.discoveryReply();
      if (milliseconds > engine.limits.required) throw new NotRun('it is even slower; see discovery-time');
      return judgeTime(milliseconds, engine.limits.recommended);
    },
  },
  'discovery-resources': {
    scope: 'engine',
    level: 'required',
    statement: '`resources` is a list of objects, one per deployment.',
    why: 'Clients read `resources` and nothing else in the body.',
    fix: 'Return {"count": 1, "resources": [{…}]}; without deployments, an empty list.',
    run: async (engine) => {
      const { resources } = await engine.discoveryBody();
      if (!Array.isArray(resources))
        return fail(resources === undefined ? 'there is no `resources`' : JSON.stringify(resources), 'a list');
      if (resources.length > MAX_RESOURCES) return fail(`${resources.length} resources`, `at most ${MAX_RESOURCES}`);
      const other = resources.findIndex((resource) => !isObject(resource));
      return other < 0
        ? pass(`${resources.length} deployment${resources.length === 1 ? '' : 's'}`)
        : fail(`resources[${other}] is not an object`, 'objects');
    },
  },
  'discovery-count': {
    scope: 'engine',
    level: 'required',
    statement: '`count` is the number of resources.',
    why: "The list in the dashboard is as long as `count` says; one of IBM's own samples gets it wrong.",
    fix: 'Compute `count` from the list.',
    run: async (engine) => {
      const { length } = await engine.resources();
      const { count } = await engine.discoveryBody();
      return count === length
        ? pass()
        : fail(`count is ${JSON.stringify(count)}`, `${length}, the number of resources`);
    },
  },
  'discovery-stable': {
    scope: 'engine',
    level: 'required',
    statement: 'A second call returns the same ids.',
    why: 'OpenScale stores the id it subscribed to, and looks for it in later lists.',
    fix: 'Give each deployment a permanent id; do not generate ids during the call.',
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
