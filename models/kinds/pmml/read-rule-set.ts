/** Reads RuleSetModel. */
import type { RuleSetPlan } from './plan.ts';
import { PREDICATES, RawPredicates } from './raw-tree.ts';
import { expectInModel, type ModelHead } from './read-model.ts';
import { addPredicate, resolvePredicates } from './read-predicates.ts';
import { fail } from './place.ts';
import {
  expectOnly,
  findNumber,
  findWord,
  listChildren,
  requireAttribute,
  requireChild,
  type XmlElement,
} from './xml-element.ts';

export function readRuleSetModel(
  head: ModelHead,
): Pick<RuleSetPlan, 'kind' | 'method' | 'predicates' | 'rules' | 'defaultClass'> {
  const { element, scope, classList } = head;
  expectInModel(element, [], ['RuleSet']);
  if (!classList) fail(element, 'expected functionName="classification" in RuleSetModel');
  const set = requireChild(element, 'RuleSet');
  expectOnly(
    set,
    ['recordCount', 'nbCorrect', 'defaultScore', 'defaultConfidence'],
    ['RuleSelectionMethod', 'ScoreDistribution', 'SimpleRule', 'CompoundRule'],
  );
  // The first of several methods is the one that is meant.
  const [selection] = listChildren(set, 'RuleSelectionMethod');
  if (!selection) fail(set, 'expected a RuleSelectionMethod in RuleSet');
  expectOnly(selection, ['criterion'], []);
  const method = findWord(selection, 'criterion', ['firstHit', 'weightedSum', 'weightedMax']);
  if (!method) fail(selection, 'expected the attribute criterion in RuleSelectionMethod');
  const raw = new RawPredicates(element.place);
  const rules: { predicates: number[]; classIndex: number; weight: number }[] = [];
  // The levels of elements are few, so this may call itself.
  const addRules = (owner: XmlElement, outer: readonly number[]): void => {
    for (const rule of owner.children) {
      if (rule.name !== 'SimpleRule' && rule.name !== 'CompoundRule') continue;
      const predicates = [...outer, addPredicate(rule, raw)];
      if (rule.name === 'CompoundRule') {
        expectOnly(rule, [], [...PREDICATES, 'SimpleRule', 'CompoundRule']);
        addRules(rule, predicates);
        continue;
      }
      expectOnly(
        rule,
        ['id', 'score', 'recordCount', 'nbCorrect', 'confidence', 'weight'],
        [...PREDICATES, 'ScoreDistribution'],
      );
      const weight = findNumber(rule, 'weight') ?? 1;
      if (weight < 0) fail(rule, 'expected a weight that is not below 0');
      rules.push({ predicates, classIndex: classList.toIndex(requireAttribute(rule, 'score'), rule), weight });
    }
  };
  addRules(set, []);
  const other = set.attributes['defaultScore'];
  return {
    kind: 'rule-set',
    method,
    predicates: resolvePredicates(raw, scope),
    rules,
    defaultClass: other === undefined ? -1 : classList.toIndex(other, set),
  };
}
