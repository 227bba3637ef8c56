/**
 * The names that expressions and predicates of a model can use: its mining fields, its derived fields, what earlier segments
 * of a chain put out, and what the model around it knows. A field has a slot, in which its value is kept while a row is
 * scored.
 */
import type { ClassList } from './class-list.ts';
import type { DataType, Expression, SlotPlan, Value } from './plan.ts';
import { fail, toName, type Place } from './place.ts';
import { type XmlElement } from './xml-element.ts';

export type Optype = 'categorical' | 'ordinal' | 'continuous';

/** A field as expressions and predicates see it. */
export interface Field {
  readonly slot: number;
  readonly type: DataType;
  readonly optype: Optype;
  /** The valid values of an ordinal field, in order. */
  readonly order?: readonly Value[];
}

/** A field of the data dictionary. */
export interface DataField {
  readonly element: XmlElement;
  readonly type: DataType;
  readonly optype: Optype;
  readonly valid: readonly Value[];
}

/**
 * How many levels expressions may have: those in each other, and those of the derived fields that they take. Each is a call in
 * a call, when the file is read and when a row is scored.
 */
const MAX_LEVELS = 300;

/** How many models a file may have. */
const MAX_MODELS = 100_000;

/** Half a gigabyte. */
const MAX_NUMBERS = 2 ** 26;

/** What is read of a whole file: slots, functions and classes. */
export class FileContext {
  readonly slots: SlotPlan[] = [];
  /** How many levels the expression of each slot has. */
  private readonly levels: number[] = [];
  readonly functions: { readonly name: string; readonly expression: Expression }[] = [];
  readonly classLists: ClassList[] = [];
  private readonly classListByTarget = new Map<string, ClassList>();
  readonly dataFields = new Map<string, DataField>();
  /** The definitions of functions, by name. */
  readonly definitions = new Map<string, XmlElement>();
  /** What users should know. */
  readonly notices = new Set<string>();
  readonly place: string;
  /** The levels of the expression that is being read: where it is, and how many there are. */
  private level = 0;
  private mostLevels = 0;
  /** The same for all expressions that are being read. */
  private depth = 0;
  private modelCount = 0;
  /** How many numbers have been taken for tables that are larger than the file. */
  private numberCount = 0;

  constructor(place: string) {
    this.place = place;
  }

  /** The classes of a target: one list for all models that have it. */
  findClassList(target: string, create: () => ClassList): ClassList {
    let list = this.classListByTarget.get(target);
    if (!list) {
      list = create();
      this.classListByTarget.set(target, list);
    }
    return list;
  }

  /** Adds a slot, whose expression has a number of levels. */
  addSlot(plan: SlotPlan, levels = 0): number {
    this.levels.push(levels);
    return this.slots.push(plan) - 1;
  }

  /** The levels of a slot's expression. */
  countLevels(slot: number): number {
    return this.levels[slot] as number;
  }

  /** Counts the models of the file. */
  addModel(at: Place): void {
    if (++this.modelCount > MAX_MODELS) fail(at, `expected at most ${MAX_MODELS} models in the file`);
  }

  /** Takes numbers for a table that may be larger than the file: a few lines can ask for gigabytes. */
  takeNumbers(count: number, at: Place, what: string): void {
    this.numberCount += count;
    if (this.numberCount > MAX_NUMBERS) fail(at, `expected at most ${MAX_NUMBERS} ${what} in the file`);
  }

  /** Notes that what is being read takes a slot. */
  touch(slot: number, at: Place): void {
    this.mostLevels = Math.max(this.mostLevels, this.level + this.countLevels(slot));
    if (this.mostLevels > MAX_LEVELS) failLevels(at);
  }

  /** Reads what is one level further in. */
  enter<Result>(at: Place, read: () => Result): Result {
    if (++this.depth > MAX_LEVELS) failLevels(at);
    this.mostLevels = Math.max(this.mostLevels, ++this.level);
    const result = read();
    this.level--;
    this.depth--;
    return result;
  }

  /** Reads an expression of its own, and tells how many levels it has. */
  measure<Result>(at: Place, read: () => Result): { result: Result; levels: number } {
    const { level, mostLevels } = this;
    this.level = this.mostLevels = 0;
    const result = this.enter(at, read);
    const levels = this.mostLevels;
    this.level = level;
    this.mostLevels = mostLevels;
    return { result, levels };
  }
}

function failLevels(at: Place): never {
  fail(at, `expected at most ${MAX_LEVELS} levels of expressions and of derived fields that depend on each other`);
}

/** Reads a derived field when it is first used. */
interface Pending {
  readonly state: 'pending';
  readonly at: Place;
  readonly read: () => Field;
}
type Entry = Field | Pending | { readonly state: 'reading' } | { readonly state: 'refused'; readonly reason: string };

/** The names that a model knows. */
export class Scope {
  readonly context: FileContext;
  private readonly parent: Scope | undefined;
  private readonly entries = new Map<string, Entry>();

  constructor(context: FileContext, parent?: Scope) {
    this.context = context;
    this.parent = parent;
  }

  /** Adds a field. */
  add(name: string, field: Field): void {
    this.entries.set(name, field);
  }

  /** Adds a field that is refused where it is used. */
  addRefused(name: string, reason: string): void {
    this.entries.set(name, { state: 'refused', reason });
  }

  /** Adds a derived field; its name must be new in the scope. */
  addDerived(name: string, at: Place, read: () => Field): void {
    if (this.entries.has(name)) fail(at, `expected a new name for the derived field, not ${toName(name)}`);
    this.entries.set(name, { state: 'pending', at, read });
  }

  has(name: string): boolean {
    return this.entries.has(name);
  }

  /** Finds a field by its name. */
  find(name: string, at: Place): Field | undefined {
    const entry = this.entries.get(name);
    if (entry === undefined) return this.parent?.find(name, at);
    if (!('state' in entry)) {
      this.context.touch(entry.slot, at);
      return entry;
    }
    if (entry.state === 'refused') fail(at, `the field ${toName(name)}: ${entry.reason}`);
    if (entry.state === 'reading') fail(at, `the field ${toName(name)} depends on itself`);
    this.entries.set(name, { state: 'reading' });
    const field = entry.read();
    this.entries.set(name, field);
    this.context.touch(field.slot, at);
    return field;
  }

  /** Finds a field by its name, or rejects the file. */
  require(name: string, at: Place): Field {
    return this.find(name, at) ?? fail(at, `expected a field that the model knows, not ${toName(name)}`);
  }
}
