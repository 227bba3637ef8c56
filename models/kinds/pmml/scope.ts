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

/** How long a chain of derived fields may be, each of which takes the one before. */
const MAX_CHAIN = 500;

/** What is read of a whole file: slots, functions and classes. */
export class FileContext {
  readonly slots: SlotPlan[] = [];
  /** How long the chain of derived fields behind each slot is. */
  private readonly chains: number[] = [];
  readonly functions: { readonly name: string; readonly expression: Expression }[] = [];
  readonly classLists: ClassList[] = [];
  private readonly classListByTarget = new Map<string, ClassList>();
  readonly dataFields = new Map<string, DataField>();
  /** The definitions of functions, by name. */
  readonly definitions = new Map<string, XmlElement>();
  /** What users should know. */
  readonly notices = new Set<string>();
  readonly place: string;
  /** The chain of derived fields that is being read. */
  longest = 0;
  depth = 0;

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

  addSlot(plan: SlotPlan, at: Place, chain = 0): number {
    if (chain > MAX_CHAIN) fail(at, `expected at most ${MAX_CHAIN} derived fields that depend on each other`);
    this.chains.push(chain);
    return this.slots.push(plan) - 1;
  }

  /** Notes that what is being read takes a slot. */
  touch(slot: number): void {
    this.longest = Math.max(this.longest, this.chains[slot] ?? 0);
  }

  /** Reads something and tells how long the chain of derived fields behind it is. */
  measure<Result>(at: Place, read: () => Result): { result: Result; chain: number } {
    const before = this.longest;
    this.longest = 0;
    if (++this.depth > MAX_CHAIN) fail(at, `expected at most ${MAX_CHAIN} derived fields that depend on each other`);
    const result = read();
    this.depth--;
    const chain = this.longest;
    this.longest = Math.max(before, chain);
    return { result, chain };
  }
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
      this.context.touch(entry.slot);
      return entry;
    }
    if (entry.state === 'refused') fail(at, `the field ${toName(name)}: ${entry.reason}`);
    if (entry.state === 'reading') fail(at, `the field ${toName(name)} depends on itself`);
    this.entries.set(name, { state: 'reading' });
    const field = entry.read();
    this.entries.set(name, field);
    this.context.touch(field.slot);
    return field;
  }

  /** Finds a field by its name, or rejects the file. */
  require(name: string, at: Place): Field {
    return this.find(name, at) ?? fail(at, `expected a field that the model knows, not ${toName(name)}`);
  }
}
