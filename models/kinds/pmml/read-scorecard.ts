/** Reads Scorecard. */
import type { ScorecardPlan } from './plan.ts';
import { castTo, readExpression, requireExpression, EXPRESSIONS } from './read-expression.ts';
import { PREDICATES, RawPredicates } from './raw-tree.ts';
import { expectInModel, type ModelHead } from './read-model.ts';
import { addPredicate, resolvePredicates } from './read-predicates.ts';
import { isNumeric } from './values.ts';
import { fail } from './place.ts';
import { expectOnly, findChild, findNumber, listChildren, requireChild } from './xml-element.ts';

export function readScorecard(
  head: ModelHead,
): Pick<ScorecardPlan, 'kind' | 'initial' | 'predicates' | 'characteristics'> {
  const { element, scope, isClassifier } = head;
  // Baselines and codes are for reasons, which are no part of the answer.
  const reasons = ['useReasonCodes', 'reasonCodeAlgorithm', 'baselineScore', 'baselineMethod'];
  expectInModel(element, ['initialScore', ...reasons], ['Characteristics']);
  if (isClassifier) fail(element, 'expected functionName="regression" in Scorecard');
  const list = requireChild(element, 'Characteristics');
  expectOnly(list, [], ['Characteristic']);
  const raw = new RawPredicates(element.place);
  const characteristics = list.children.map((characteristic) => {
    expectOnly(characteristic, ['name', 'reasonCode', 'baselineScore'], ['Attribute']);
    const attributes = listChildren(characteristic, 'Attribute').map((attribute) => {
      expectOnly(attribute, ['partialScore', 'reasonCode'], [...PREDICATES, 'ComplexPartialScore']);
      const complex = findChild(attribute, 'ComplexPartialScore');
      const score = findNumber(attribute, 'partialScore');
      if ((score === undefined) === (complex === undefined))
        fail(attribute, 'expected either a partialScore or a ComplexPartialScore in Attribute');
      if (complex) expectOnly(complex, [], EXPRESSIONS);
      const typed = complex && readExpression(requireExpression(complex), { scope });
      if (complex && typed && !isNumeric(typed.type)) fail(complex, `expected an expression of a numeric type`);
      return {
        predicate: addPredicate(attribute, raw),
        score: score ?? NaN,
        expression: complex && typed ? castTo(typed, 'double', complex) : undefined,
      };
    });
    if (attributes.length === 0) fail(characteristic, 'expected an Attribute in Characteristic');
    return { attributes };
  });
  return {
    kind: 'scorecard',
    initial: findNumber(element, 'initialScore') ?? 0,
    predicates: resolvePredicates(raw, scope),
    characteristics,
  };
}
