/** Where paths part and meet: if, for, switch and select. */
import type { Syntax } from '../source/syntax-node';
import { type Type, typeOfSyntax } from '../source/types';
import { AssignmentBuilder } from './build-assignments';
import { connect, type Ends, withFacts } from './graph';
import type { Fact, Op, SelectInfo } from './operations';
import { newVariable } from './resolve';

interface Target {
  label: string | undefined;
  breaks: Ends;
  /** Absent in switch and select. */
  continues?: Ends;
}

export abstract class BranchBuilder extends AssignmentBuilder {
  private readonly targets: Target[] = [];

  protected abstract statement(node: Syntax, label?: string): void;
  protected abstract block(node: Syntax | null | undefined): void;
  protected abstract send(node: Syntax): void;

  protected jump(node: Syntax): void {
    this.flush();
    const label = node.namedChildren.find(({ type }) => type === 'label_name')?.text;
    const kind = node.type === 'break_statement' ? 'breaks' : 'continues';
    for (let index = this.targets.length - 1; index >= 0; index--) {
      const target = this.targets[index]!;
      const list = target[kind];
      if (!list || (label !== undefined && target.label !== label)) continue;
      list.push(...this.ends);
      break;
    }
    this.ends = [];
  }

  protected branch(node: Syntax): void {
    const initializer = node.childForFieldName('initializer');
    if (initializer) this.statement(initializer);
    const condition = node.childForFieldName('condition');
    const locked = this.condition(condition);
    const tested = this.ends;
    this.ends = withFacts(tested, condition, true);
    if (locked?.value === true) this.node(locked.op);
    this.block(node.childForFieldName('consequence'));
    this.flush();
    const after = this.ends;
    this.ends = withFacts(tested, condition, false);
    if (locked?.value === false) this.node(locked.op);
    const alternative = node.childForFieldName('alternative');
    if (alternative) this.statement(alternative);
    this.flush();
    this.ends = [...after, ...this.ends];
  }

  /** Evaluates a condition; the lock that a TryLock in it takes, and on which side. */
  protected condition(node: Syntax | null): { op: Op; value: boolean } | undefined {
    if (!node) return undefined;
    const before = this.fn.ops.length;
    this.expression(node);
    const op = this.fn.ops.slice(before).find((it) => it.tried);
    this.emit({ kind: 'test', node });
    if (!op) return undefined;
    return { op: { ...op, tried: false }, value: !(node.type === 'unary_expression' && node.operator === '!') };
  }

  protected loop(node: Syntax, label: string | undefined): void {
    const body = node.childForFieldName('body');
    const head = node.namedChildren.find((it) => it !== body);
    const clause = head?.type === 'for_clause' ? head : undefined;
    const range = head?.type === 'range_clause' ? head : undefined;
    const condition = clause ? clause.childForFieldName('condition') : range ? null : (head ?? null);
    const initializer = clause?.childForFieldName('initializer');
    if (initializer) {
      const before = this.fn.locals.length;
      this.statement(initializer);
      for (const variable of this.fn.locals.slice(before)) variable.loop = node;
    }
    if (range) this.expression(range.childForFieldName('right'));
    this.flush();
    const target: Target = { label, breaks: [], continues: [] };
    const start = this.emit({ kind: 'loop', node });
    let tested: Ends;
    if (range) {
      const right = range.childForFieldName('right');
      const type = this.resolver.pkg.underlying(this.resolver.typeOf(right, this.scope, this.file));
      if (type?.kind === 'channel') {
        const place = this.channelPlace(right);
        this.emit({ kind: 'receive', node: range, range: true, ...(place ? { place } : {}) });
      }
      tested = this.ends;
      this.rangeVariables(node, range, type);
    } else if (condition) {
      const locked = this.condition(condition);
      tested = this.ends;
      this.ends = withFacts(tested, condition, true);
      if (locked?.value === true) this.node(locked.op);
    } else tested = [];
    this.targets.push(target);
    this.block(body);
    this.flush();
    this.targets.pop();
    this.ends = [...this.ends, ...target.continues!];
    const update = clause?.childForFieldName('update');
    if (update && this.ends.length > 0) this.statement(update);
    this.flush();
    connect(this.ends, start);
    this.ends = [
      ...(condition && !range ? withFacts(tested, condition, false) : range ? tested : []),
      ...target.breaks,
    ];
  }

  protected rangeVariables(loop: Syntax, range: Syntax, type: Type | undefined): void {
    const names = range.childForFieldName('left')?.namedChildren ?? [];
    const defines = /:=\s*range\b/u.test(range.text);
    for (const [index, name] of names.entries()) {
      if (!defines) {
        const place = this.place(name);
        if (place) place.root.writes++;
        this.access(place, true, name);
        continue;
      }
      const element =
        type?.kind === 'list' || type?.kind === 'map' || type?.kind === 'channel' ? type.element : undefined;
      const isElement = index === (type?.kind === 'channel' ? 0 : 1);
      const variable = newVariable({
        name: name.text,
        type: isElement ? element : undefined,
        node: name,
        owner: this.fn,
        loop,
      });
      const of = isElement && type?.kind !== 'channel' ? this.place(range.childForFieldName('right')) : undefined;
      if (of)
        variable.element = {
          ...of,
          path: [...of.path, `[${name.text}]`],
          type: element,
          owner: `${of.owner}[]`,
          node: name,
        };
      this.fn.locals.push(variable);
      this.scope.declare(variable);
      this.access(this.place(name), true, name);
    }
    this.emit({
      kind: 'access',
      node: range,
      accesses: this.takePending(),
      assigns: names.map(({ text }) => text),
    });
  }

  protected cases(node: Syntax, label: string | undefined): void {
    const initializer = node.childForFieldName('initializer');
    if (initializer) this.statement(initializer);
    this.expression(node.childForFieldName('value'));
    this.emit({ kind: 'test', node });
    const head = this.ends;
    const target: Target = { label, breaks: [] };
    const alias = node.childForFieldName('alias')?.namedChildren ?? [];
    const after: Ends = [];
    let falling: Ends = [];
    let total = false;
    for (const one of node.namedChildren) {
      if (!/_case$/u.test(one.type)) continue;
      if (one.type === 'default_case') total = true;
      this.ends = [...head];
      this.inScope(() => {
        for (const name of alias) {
          const type = typeOfSyntax(one.childForFieldName('type'), this.file.source.imports);
          const variable = newVariable({ name: name.text, type, node: name, owner: this.fn });
          this.fn.locals.push(variable);
          this.scope.declare(variable);
        }
        if (one.type === 'expression_case') this.expression(one.childForFieldName('value'));
        this.flush();
        this.ends = [...this.ends, ...falling];
        this.targets.push(target);
        const list = one.namedChildren.find(({ type }) => type === 'statement_list');
        if (list) this.block(list);
        this.flush();
        this.targets.pop();
      });
      const statements = one.namedChildren.find(({ type }) => type === 'statement_list')?.namedChildren ?? [];
      if (statements.at(-1)?.type === 'fallthrough_statement') falling = this.ends;
      else {
        falling = [];
        after.push(...this.ends);
      }
    }
    this.ends = [...after, ...target.breaks, ...(total ? [] : head)];
  }

  protected select(node: Syntax, label: string | undefined): void {
    const cases = node.namedChildren.filter(({ type }) => /_case$/u.test(type));
    const info: SelectInfo = { node, cases: [], hasDefault: cases.some(({ type }) => type === 'default_case') };
    this.emit({ kind: 'select', node, info });
    const head = this.ends;
    const target: Target = { label, breaks: [] };
    const after: Ends = [];
    for (const one of cases) {
      const communication = one.childForFieldName('communication');
      // The case of a nil channel is never taken.
      const channel = communication && channelOf(communication);
      const given: Fact[] = channel?.type === 'identifier' ? [{ text: `${channel.text} == nil`, value: false }] : [];
      this.ends =
        given.length === 0 ? [...head] : head.map(({ from, facts }) => ({ from, facts: [...facts, ...given] }));
      this.inScope(() => {
        if (communication) this.communication(communication, info);
        this.targets.push(target);
        const list = one.namedChildren.find(({ type }) => type === 'statement_list');
        if (list) this.block(list);
        this.flush();
        this.targets.pop();
      });
      after.push(...this.ends);
    }
    // An empty select waits for ever.
    this.ends = [...after, ...target.breaks];
  }

  protected communication(node: Syntax, info: SelectInfo): void {
    const before = this.fn.ops.length;
    if (node.type === 'send_statement') this.send(node);
    else {
      const right = node.type === 'receive_statement' ? node.childForFieldName('right') : node;
      this.expression(right);
      if (node.type === 'receive_statement') this.assigned(node);
    }
    this.flush();
    const op = this.fn.ops.slice(before).findLast(({ kind }) => kind === 'send' || kind === 'receive');
    if (!op) return;
    op.select = info;
    info.cases.push(op);
  }
}

/** Of a send or receive that is the communication of a case. */
function channelOf(node: Syntax): Syntax | null {
  if (node.type === 'send_statement') return node.childForFieldName('channel');
  const receive = node.type === 'receive_statement' ? node.childForFieldName('right') : node;
  return (
    (receive?.type === 'expression_statement' ? receive.namedChild(0) : receive)?.childForFieldName('operand') ?? null
  );
}
