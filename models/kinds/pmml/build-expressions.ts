/** Builds what computes the fields and expressions of a plan. */
import { findBuiltIn, type BuiltIn } from './built-ins.ts';
import { rejectRow, type Frame, type Getter } from './frame.ts';
import type { Expression, IntervalPlan, Plan, Treatment, Value } from './plan.ts';
import { castValue } from './values.ts';

/** Computes an expression; `args` are the arguments of the function that it is the body of. */
type Compute = (frame: Frame, args: readonly Value[]) => Value;

const NO_ARGUMENTS: readonly Value[] = [];

/** What expressions are built with. */
export interface Builder {
  readonly getters: readonly Getter[];
  /** Builds an expression, which is named in messages. */
  readonly build: (expression: Expression, name: string) => Getter;
}

/** Builds the getters of all slots. */
export function buildFields({ slots, functions }: Pick<Plan, 'slots' | 'functions'>): Builder {
  const getters: Getter[] = [];
  const bodies: Compute[] = [];
  const context: Context = { getters, bodies };
  for (const { name, expression } of functions) bodies.push(buildExpression(expression, context, name));
  for (const [slot, plan] of slots.entries()) {
    if (plan.kind === 'written') {
      getters.push((frame) => frame[slot] ?? null);
    } else if (plan.kind === 'treated') {
      const { source, treatment } = plan;
      getters.push(toLazy(slot, (frame) => treat((getters[source] as Getter)(frame), treatment, 'a field')));
    } else {
      const compute = buildExpression(plan.expression, context, plan.name);
      getters.push(toLazy(slot, (frame) => compute(frame, NO_ARGUMENTS)));
    }
  }
  return {
    getters,
    build: (expression, name) => {
      const compute = buildExpression(expression, context, name);
      return (frame) => compute(frame, NO_ARGUMENTS);
    },
  };
}

/** Computes a value once; missing ones, too, as a field may be asked for by many others. */
function toLazy(slot: number, compute: Getter): Getter {
  return (frame) => {
    const known = frame[slot];
    if (known !== undefined) return known;
    const value = compute(frame);
    frame[slot] = value;
    return value;
  };
}

interface Context {
  readonly getters: readonly Getter[];
  readonly bodies: readonly Compute[];
}

/** Applies a MiningField's treatment to a valid or missing value. */
export function treat(value: Value, { outliers, low, high, missing, replacement }: Treatment, name: string): Value {
  let treated = value;
  if (typeof treated === 'number' && outliers !== 'asIs' && (treated < low || treated > high))
    treated = outliers === 'asMissingValues' ? null : Math.min(Math.max(treated, low), high);
  if (treated !== null || missing === 'keep') return treated;
  return missing === 'replace' ? replacement : rejectRow(`${name}: the model does not accept a missing value`);
}

export function isWithin(number: number, { low, high, openLow, openHigh }: IntervalPlan): boolean {
  return (openLow ? number > low : number >= low) && (openHigh ? number < high : number <= high);
}

function buildExpression(expression: Expression, context: Context, name: string): Compute {
  switch (expression.op) {
    case 'constant': {
      const { value } = expression;
      return () => value;
    }
    case 'field': {
      // The getter may be built later.
      const { slot } = expression;
      const { getters } = context;
      return (frame) => (getters[slot] as Getter)(frame);
    }
    case 'argument': {
      const { index } = expression;
      return (_frame, args) => args[index] as Value;
    }
    case 'cast': {
      const { from, to } = expression;
      const of = buildExpression(expression.of, context, name);
      if (to === 'float' && (from === 'double' || from === 'integer'))
        return (frame, args) => {
          const value = of(frame, args);
          return value === null ? null : Math.fround(value as number);
        };
      return (frame, args) => {
        const value = of(frame, args);
        if (value === null) return null;
        return castValue(value, from, to) ?? rejectRow(`the field ${JSON.stringify(name)} has no value of type ${to}`);
      };
    }
    case 'orElse': {
      const { value } = expression;
      const of = buildExpression(expression.of, context, name);
      return (frame, args) => of(frame, args) ?? value;
    }
    case 'norm': {
      const of = buildExpression(expression.of, context, name);
      return (frame, args) => interpolate(of(frame, args), expression);
    }
    case 'discretize': {
      const { bins, other } = expression;
      const of = buildExpression(expression.of, context, name);
      return (frame, args) => {
        const number = of(frame, args);
        if (number === null) return null;
        const bin = bins.find(({ interval }) => isWithin(number as number, interval));
        return bin ? bin.value : other;
      };
    }
    case 'map':
      return buildMap(expression, context, name);
    case 'apply':
      return buildApply(expression, context, name);
    case 'call': {
      const { function: index } = expression;
      const parts = expression.of.map((part) => buildExpression(part, context, name));
      const { bodies } = context;
      return (frame, args) =>
        (bodies[index] as Compute)(
          frame,
          parts.map((part) => part(frame, args)),
        );
    }
  }
}

/** Interpolates between, and extrapolates beyond, points. */
export function interpolate(
  value: Value,
  { orig, norm, outliers }: { readonly orig: Float64Array; readonly norm: Float64Array; readonly outliers: string },
): number | null {
  if (value === null) return null;
  const x = value as number;
  const last = orig.length - 1;
  if (outliers !== 'asIs' && (x < (orig[0] as number) || x > (orig[last] as number))) {
    if (outliers === 'asMissingValues') return null;
    return norm[x < (orig[0] as number) ? 0 : last] as number;
  }
  let next = 1;
  while (next < last && x > (orig[next] as number)) next++;
  const [x0, x1] = [orig[next - 1] as number, orig[next] as number];
  const [y0, y1] = [norm[next - 1] as number, norm[next] as number];
  return y0 + ((x - x0) / (x1 - x0)) * (y1 - y0);
}

function buildMap(expression: Expression & { op: 'map' }, context: Context, name: string): Compute {
  const { rows, other, missing } = expression;
  const parts = expression.of.map((part) => buildExpression(part, context, name));
  if (parts.length === 1) {
    const [part] = parts as [Compute];
    const values = new Map(rows.map(([key, value]) => [key as Value, value as Value]));
    return (frame, args) => {
      const key = part(frame, args);
      if (key === null) return missing;
      const found = values.get(key);
      return found === undefined ? other : found;
    };
  }
  const values = new Map(rows.map((row) => [JSON.stringify(row.slice(0, -1)), row.at(-1) as Value]));
  return (frame, args) => {
    const keys = parts.map((part) => part(frame, args));
    if (keys.includes(null)) return missing;
    const found = values.get(JSON.stringify(keys));
    return found === undefined ? other : found;
  };
}

function buildApply(expression: Expression & { op: 'apply' }, context: Context, field: string): Compute {
  const { name, types, float, missing, invalid } = expression;
  const parts = expression.of.map((part) => buildExpression(part, context, field));
  if (name === 'if') return buildCondition(parts, missing, field);
  const { run, takesMissing = false } = findBuiltIn(name) as BuiltIn;
  const round = float ? Math.fround : (x: number) => x;
  return (frame, args) => {
    const list = parts.map((part) => part(frame, args));
    if (list.includes(null) && (missing !== null || !takesMissing)) return missing;
    const result = run(list, types);
    if (typeof result === 'number' && !Number.isNaN(result)) return round(result);
    if (result !== undefined && typeof result !== 'number') return result;
    return invalid === 'missing'
      ? null
      : rejectRow(`the function ${name} of ${JSON.stringify(field)} has no value here`);
  };
}

/** Only one of the results is computed. */
function buildCondition(parts: readonly Compute[], missing: Value, field: string): Compute {
  const [condition, first, second] = parts as [Compute, Compute, Compute | undefined];
  return (frame, args) => {
    const truth = condition(frame, args);
    if (truth === null) {
      if (missing !== null) return missing;
      // Engines disagree on this.
      return rejectRow(`a condition of ${JSON.stringify(field)} is neither true nor false, as a value is missing`);
    }
    // Without a second result, nothing is missing that mapMissingTo could replace.
    if (truth === false && !second) return null;
    const value = (truth === true ? first : (second as Compute))(frame, args);
    return value ?? missing;
  };
}
