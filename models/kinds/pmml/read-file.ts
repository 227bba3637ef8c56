/** Reads a PMML file: into a plan, and a description of the model. */
import { addForests } from './add-forests.ts';
import { findRequired } from './find-required.ts';
import { packPlan, type PackedPlan } from './pack-plan.ts';
import type { FileDescription, FileFeature } from '../model-file.ts';
import { parseDocument } from './parse-document.ts';
import type { InputPlan, ModelPlan, Plan, Value } from './plan.ts';
import { hasMostProbable } from './probabilities.ts';
import { readDefinitions } from './read-expression.ts';
import { readDataDictionary } from './read-fields.ts';
import { readGeneralRegressionModel } from './read-general-regression.ts';
import { toMiningModelReader } from './read-mining-model.ts';
import { readModel, type ModelHead, type ModelReader } from './read-model.ts';
import { readNaiveBayesModel } from './read-naive-bayes.ts';
import { readNeuralNetwork } from './read-neural-network.ts';
import { readRegressionModel } from './read-regression.ts';
import { readRuleSetModel } from './read-rule-set.ts';
import { readScorecard } from './read-scorecard.ts';
import { readSupportVectorMachineModel } from './read-support-vectors.ts';
import { readTreeModel } from './read-tree.ts';
import { FileContext } from './scope.ts';
import { checkVerification } from './verification.ts';
import { fail, refuse } from './place.ts';
import { expectOnly, findChild, listChildren, requireAttribute, requireChild, type XmlElement } from './xml-element.ts';

const READERS: Readonly<Record<string, ModelReader>> = {
  TreeModel: readTreeModel,
  MiningModel: toMiningModelReader(() => READERS),
  RegressionModel: readRegressionModel,
  GeneralRegressionModel: readGeneralRegressionModel,
  Scorecard: readScorecard,
  NeuralNetwork: readNeuralNetwork,
  RuleSetModel: readRuleSetModel,
  NaiveBayesModel: readNaiveBayesModel,
  SupportVectorMachineModel: readSupportVectorMachineModel,
};

const PARTS = ['Header', 'MiningBuildTask', 'DataDictionary', 'TransformationDictionary'];

/** A file that has been read and checked. */
export interface PmmlFile {
  readonly description: FileDescription;
  /** Puts the model into shared memory. */
  readonly pack: () => PackedPlan;
}

/**
 * Reads and checks a file.
 * @param place the name of the file; messages start with it
 * @throws {DeploymentError} that names the line, where the model cannot be served exactly
 */
export function readFile(bytes: Uint8Array, place: string): PmmlFile {
  const root = parseDocument(bytes, place);
  const version = readVersion(root);
  const models = root.children.filter(({ name }) => !PARTS.includes(name));
  const [element] = models;
  if (!element) fail(root, 'expected a model in PMML');
  if (models.length > 1)
    refuse(
      models[1] as XmlElement,
      'a second model in one file',
      `keep one of ${models.map(({ name }) => name).join(', ')}`,
    );
  const context = new FileContext(place);
  readDataDictionary(requireChild(root, 'DataDictionary'), context);
  const dictionary = findChild(root, 'TransformationDictionary');
  if (dictionary) expectOnly(dictionary, [], ['DefineFunction', 'DerivedField']);
  readDefinitions(listChildren(dictionary, 'DefineFunction'), context.definitions);
  const { plan: read, head } = readModel(element, {
    context,
    outer: undefined,
    dictionary: listChildren(dictionary, 'DerivedField'),
    readers: READERS,
  });
  const model = addForests(read, place);
  const classes = context.classLists.map(({ values }) => values);
  const plan: Plan = {
    inputs: head.schema.inputs,
    slots: context.slots,
    functions: context.functions,
    classes,
    model,
    hasProbabilities: model.isClassifier && hasMostProbable(model),
  };
  if (plan.inputs.length === 0) fail(element, 'expected an active MiningField');
  if (model.isClassifier && (classes[model.classes]?.length ?? 0) < 2) fail(element, 'expected two classes or more');
  const verification = checkVerification(plan, head);
  return {
    description: {
      format: `PMML ${version}${toProducer(root)}`,
      facts: toFacts(model, element),
      ...toTarget(plan, head),
      features: toFeatures(plan, context),
      notices: [...context.notices, ...(model.isClassifier && !plan.hasProbabilities ? [NO_PROBABILITIES] : [])],
      ...(rejectsUnknown(plan) && { rejectsUnknown: true }),
      ...(verification && { verification }),
    },
    pack: () => packPlan(plan),
  };
}

const NO_PROBABILITIES =
  'The answer has no probabilities: the model does not make sure that they sum to 1 and that its prediction is the most probable class.';

function readVersion(root: XmlElement): string {
  const version = requireAttribute(root, 'version');
  if (!/^(?:3\.[0-2]|4\.[0-4])(?:\.\d)?$/.test(version))
    refuse(root, 'this version of PMML', 'expected 3.0 to 4.4; convert the file');
  for (const name in root.attributes)
    if (!/^(?:version|xmlns|x-baseVersion|(?:xmlns|xsi):[\w.-]+)$/.test(name))
      refuse(root, `the attribute ${JSON.stringify(name)} of PMML`);
  return version;
}

/** The application that wrote the file. */
function toProducer(root: XmlElement): string {
  const application = listChildren(findChild(root, 'Header'), 'Application')[0];
  const name = application?.attributes['name'];
  return name === undefined
    ? ''
    : `, ${[name, application?.attributes['version'] ?? ''].join(' ').trim().slice(0, 100)}`;
}

function toFacts(model: ModelPlan, { name }: XmlElement): FileDescription['facts'] {
  const trees = countTrees(model);
  return {
    model: name,
    ...(model.kind === 'mining' && { method: model.method, segments: model.segments.length }),
    ...(trees.trees > 0 && trees),
  };
}

function countTrees(model: ModelPlan): { trees: number; nodes: number } {
  if (model.kind === 'tree') return { trees: 1, nodes: model.tree.score.length };
  const counts = model.kind === 'mining' ? model.segments.map((segment) => countTrees(segment.model)) : [];
  return {
    trees: counts.reduce((sum, { trees }) => sum + trees, 0),
    nodes: counts.reduce((sum, { nodes }) => sum + nodes, 0),
  };
}

function toTarget(
  { model, classes }: Plan,
  { schema }: ModelHead,
): Pick<FileDescription, 'problemType' | 'classCount' | 'classes' | 'label'> {
  const label = schema.target && { label: schema.target.name };
  const list = classes[model.classes];
  if (!list) return { problemType: 'regression', ...label };
  return {
    problemType: list.length === 2 ? 'binary' : 'multiclass',
    classCount: list.length,
    classes: toLabels(list),
    ...label,
  };
}

/** The classes as a deployment has them: texts and numbers. */
export function toLabels(classes: readonly Value[]): (string | number)[] {
  return classes.map((value) => (typeof value === 'number' ? value : String(value)));
}

function toFeatures(plan: Plan, context: FileContext): FileFeature[] {
  const required = findRequired(plan);
  return plan.inputs.map(({ name, slot, type, validValues, treatment }) => {
    const optype = context.dataFields.get(name)?.optype;
    const categories = optype === 'continuous' || !isPlain(type) ? [] : validValues.filter((value) => value !== null);
    return {
      name,
      type:
        type === 'integer' || type === 'boolean' ? type : type === 'float' || type === 'double' ? 'double' : 'string',
      isCategorical: categories.length > 0,
      ...(categories.length > 0 && { categories }),
      nullable: treatment.missing === 'replace' || (treatment.missing === 'keep' && !required.has(slot)),
    };
  });
}

/** Whether a category that the file does not list is rejected in every column of categories. */
function rejectsUnknown({ inputs }: Plan): boolean {
  const listed = inputs.filter(({ validValues }) => validValues.length > 0);
  return listed.length > 0 && listed.every(({ invalid }) => invalid === 'reject');
}

/** Whether a deployment can list the values of a type as categories. */
function isPlain(type: InputPlan['type']): boolean {
  return type === 'string' || type === 'integer' || type === 'float' || type === 'double';
}
