/** Declarations and assignments: new variables, what they are other names for, and constants. */
import type { Syntax } from '../source/syntax-node';
import { nameOf, type Type, typeOfSyntax } from '../source/types';
import { ExpressionBuilder } from './build-expressions';
import { bindingOwner, type Fact, type Variable } from './operations';
import { newVariable } from './resolve';

export abstract class AssignmentBuilder extends ExpressionBuilder {
  protected assignment(node: Syntax): void {
    switch (node.type) {
      case 'inc_statement':
      case 'dec_statement': {
        const operand = node.namedChild(0);
        this.expression(operand);
        this.written(operand, node);
        this.emit({ kind: 'access', node, accesses: this.takePending(), assigns: operand ? [operand.text] : [] });
        return;
      }
      case 'var_declaration':
        for (const spec of node.descendantsOfType('var_spec')) {
          if (spec.parent !== node && spec.parent?.type !== 'var_spec_list') continue;
          const values = spec.childForFieldName('value')?.namedChildren ?? [];
          for (const value of values) this.expression(value);
          const type = typeOfSyntax(spec.childForFieldName('type'), this.file.source.imports);
          this.declare(spec.childrenForFieldName('name'), values, type, spec);
        }
        return;
      case 'short_var_declaration': {
        const left = node.childForFieldName('left')?.namedChildren ?? [];
        const right = node.childForFieldName('right')?.namedChildren ?? [];
        for (const value of right) this.expression(value);
        this.declare(left, right, undefined, node);
        return;
      }
      default: {
        const left = node.childForFieldName('left')?.namedChildren ?? [];
        for (const value of node.childForFieldName('right')?.namedChildren ?? []) this.expression(value);
        for (const one of left) {
          if (node.operator !== '=' && node.operator !== '') this.expression(one);
          else if (one.type !== 'identifier') this.operands(one);
          this.written(one, node);
        }
        this.bindAll(left, node.childForFieldName('right')?.namedChildren ?? []);
        this.emit({ kind: 'access', node, accesses: this.takePending(), assigns: left.map(({ text }) => text) });
        if (node.operator === '=' || node.operator === '')
          this.constants(left, node.childForFieldName('right')?.namedChildren ?? []);
      }
    }
  }

  private bindAll(names: readonly Syntax[], values: readonly Syntax[]): void {
    if (names.length !== values.length) return;
    for (const [index, name] of names.entries()) {
      const place = this.place(name);
      if (!place || (place.type !== undefined && !this.isFunction(place.type))) continue;
      this.bind(place.path.length === 0 ? bindingOwner(place.root) : place.owner, values[index]);
    }
  }

  /** `locked := false`: what is assigned is known until the next assignment. */
  protected constants(names: readonly Syntax[], values: readonly Syntax[]): void {
    if (names.length !== values.length) return;
    const facts = names.flatMap((name, index): Fact[] => {
      const value = values[index]!.type;
      if (name.type !== 'identifier') return [];
      if (value === 'nil') return [{ text: `${name.text} == nil`, value: true }];
      if (value !== 'true' && value !== 'false') return [];
      return [{ text: name.text, value: value === 'true' }];
    });
    if (facts.length > 0) this.learn(facts);
  }

  private learn(facts: readonly Fact[]): void {
    this.ends = this.ends.map(({ from, facts: known }) => ({ from, facts: [...known, ...facts] }));
  }

  protected written(node: Syntax | null, at: Syntax): void {
    // From here on it is no other name for what it was made from.
    if (node?.type === 'identifier') {
      const variable = this.resolver.variable(node.text, this.scope);
      if (variable) variable.writes++;
    }
    const place = this.place(node);
    if (!place) return;
    if (place.path.length === 0 && node?.type !== 'identifier') place.root.writes++;
    this.access(place, true, node ?? at);
  }

  /** What `a.b[i] = x` reads. */
  protected operands(node: Syntax): void {
    for (const child of node.namedChildren) if (child.type !== 'field_identifier') this.expression(child);
  }

  protected declare(
    names: readonly Syntax[],
    values: readonly Syntax[],
    declaredType: Type | undefined,
    node: Syntax,
  ): void {
    const results =
      names.length > 1 && values.length === 1 && values[0]?.type === 'call_expression'
        ? this.resolver.resultsOf(values[0], this.scope, this.file)
        : undefined;
    const fresh: Variable[] = [];
    for (const [index, name] of names.entries()) {
      const value = values.length === names.length ? values[index] : undefined;
      // `:=` declares only what is new in this block, and writes the rest.
      const known = node.type === 'short_var_declaration' ? this.scope.find(name.text) : undefined;
      if (known && known.owner === this.fn && this.declaredHere(known, node)) {
        known.writes++;
        this.access(this.place(name), true, name);
        continue;
      }
      // `v, ok := m[k]`
      const first = index === 0 && values.length === 1 ? values[0] : undefined;
      const of = value ?? first;
      const type = declaredType ?? (results ? results[index] : of ? this.typeOfValue(of) : undefined);
      const variable = newVariable({ name: name.text, type, node: name, owner: this.fn, ...(value ? { value } : {}) });
      if (value ?? first) this.alias(variable, (value ?? first)!);
      fresh.push(variable);
    }
    for (const variable of fresh) {
      this.fn.locals.push(variable);
      this.scope.declare(variable);
      this.access(
        { root: variable, path: [], type: variable.type, owner: variable.owned, node: variable.node },
        true,
        variable.node,
      );
    }
    this.emit({ kind: 'access', node, accesses: this.takePending(), assigns: names.map(({ text }) => text) });
    this.constants(names, values);
    if (values.length === 0 && nameOf(declaredType) === 'bool')
      this.learn(names.map(({ text }) => ({ text, value: false })));
    this.bindAll(names, values);
  }

  protected declaredHere(variable: Variable, node: Syntax): boolean {
    const blockOf = (at: Syntax): Syntax | null => {
      let up = at.parent;
      while (
        up &&
        up.type !== 'statement_list' &&
        up.type !== 'block' &&
        !/_case$|^(?:if|for)_statement$|literal$|_declaration$/u.test(up.type)
      )
        up = up.parent;
      return up;
    };
    if (variable.parameter !== undefined || variable.result)
      return this.fn.body === blockOf(node)?.parent || this.fn.body === blockOf(node);
    let own: Syntax | null = variable.node;
    while (own && !/^(?:short_var_declaration|var_declaration|range_clause|receive_statement)$/u.test(own.type))
      own = own.parent;
    return own !== null && blockOf(own) === blockOf(node);
  }

  protected typeOfValue(value: Syntax): Type | undefined {
    return this.resolver.typeOf(value, this.scope, this.file);
  }

  /** `mu := &s.mu`, `ch := s.ch`: what is shared goes by its first name. Structs are copied. */
  protected alias(variable: Variable, value: Syntax): void {
    const kind = this.resolver.pkg.underlying(variable.type)?.kind;
    if (kind !== 'pointer' && kind !== 'channel' && kind !== 'map') return;
    const place = kind === 'channel' ? this.channelPlace(value) : this.place(value);
    if (place && !(place.path.length === 0 && place.root === variable)) variable.alias = place;
  }

  /** `v, ok := <-ch` of a select: its left side. */
  protected assigned(node: Syntax): void {
    const left = node.childForFieldName('left')?.namedChildren ?? [];
    const channel = this.resolver.typeOf(node.childForFieldName('right'), this.scope, this.file);
    if (/^[^=]*:=/u.test(node.text)) {
      for (const [index, name] of left.entries()) {
        const variable = newVariable({
          name: name.text,
          type: index === 0 ? channel : undefined,
          node: name,
          owner: this.fn,
        });
        this.fn.locals.push(variable);
        this.scope.declare(variable);
      }
    } else for (const one of left) this.written(one, node);
    this.emit({ kind: 'access', node, accesses: this.takePending(), assigns: left.map(({ text }) => text) });
  }
}
